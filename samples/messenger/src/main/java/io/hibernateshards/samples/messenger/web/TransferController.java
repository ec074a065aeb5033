package io.hibernateshards.samples.messenger.web;

import io.hibernateshards.samples.messenger.service.CreditService;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Credits go from one user to another. */
@RestController
@Tag(name = "Credits")
class TransferController {
    /**
     * What is left.
     *
     * @param credits of who has paid
     */
    record Balance(long credits) {}

    private final CreditService credits;

    TransferController(CreditService credits) {
        this.credits = credits;
    }

    @PostMapping("/transfers")
    @Operation(summary = "Transfer credits; if the users live on two shards, in two phases")
    Balance transfer(@Valid @RequestBody NewTransfer transfer) {
        return new Balance(credits.transfer(transfer.from(), transfer.to(), transfer.amount())
                .getCredits());
    }
}
