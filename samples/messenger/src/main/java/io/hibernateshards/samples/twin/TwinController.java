package io.hibernateshards.samples.twin;

import io.hibernateshards.samples.messenger.web.ConversationView;
import io.hibernateshards.samples.messenger.web.CountryView;
import io.hibernateshards.samples.messenger.web.InboxView;
import io.hibernateshards.samples.messenger.web.MessageView;
import io.hibernateshards.samples.messenger.web.NewConversation;
import io.hibernateshards.samples.messenger.web.NewMessage;
import io.hibernateshards.samples.messenger.web.NewName;
import io.hibernateshards.samples.messenger.web.NewTransfer;
import io.hibernateshards.samples.messenger.web.NewUser;
import io.hibernateshards.samples.messenger.web.PageOf;
import io.hibernateshards.samples.messenger.web.UserView;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Size;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.Limit;
import org.springframework.data.domain.ScrollPosition;
import org.springframework.data.domain.Window;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The routes of the messenger. */
@RestController
class TwinController {
    /**
     * What is left.
     *
     * @param credits of who has paid
     */
    record Balance(long credits) {}

    private final TwinService service;

    TwinController(TwinService service) {
        this.service = service;
    }

    @GetMapping("/users/{id}")
    UserView profile(@PathVariable long id) {
        return view(service.profile(id));
    }

    @PatchMapping("/users/{id}")
    UserView rename(@PathVariable long id, @Valid @RequestBody NewName wanted) {
        return view(service.rename(id, wanted.name()));
    }

    @PostMapping("/users")
    ResponseEntity<UserView> register(@Valid @RequestBody NewUser user) {
        UserView stored = view(service.register(user.name(), user.country()));
        return ResponseEntity.created(URI.create("/users/" + stored.id())).body(stored);
    }

    @GetMapping("/users")
    PageOf<UserView> search(
            @RequestParam @Size(min = 2, max = 100) String name,
            @RequestParam(defaultValue = "20") @Min(1) @Max(100) int size) {
        List<TwinUser> found = service.search(name, size + 1);
        return new PageOf<>(
                found.stream().limit(size).map(TwinController::view).toList(), found.size() > size ? "1" : null);
    }

    @GetMapping("/users/{id}/inbox")
    PageOf<InboxView> inbox(
            @PathVariable long id,
            @RequestParam(required = false) @Nullable Long before,
            @RequestParam(defaultValue = "20") @Min(1) @Max(100) int size) {
        Window<TwinInboxEntry> page = service.inbox(id, position(before), Limit.of(size));
        List<InboxView> items = page.stream()
                .map(entry -> new InboxView(
                        entry.getId(),
                        entry.getConversation(),
                        entry.getMessage(),
                        entry.getSender(),
                        entry.getPreview(),
                        entry.getSent()))
                .toList();
        return new PageOf<>(
                items,
                page.hasNext() ? String.valueOf(items.get(items.size() - 1).id()) : null);
    }

    @GetMapping("/conversations/{id}/messages")
    PageOf<MessageView> messages(
            @PathVariable long id,
            @RequestParam(required = false) @Nullable Long before,
            @RequestParam(defaultValue = "20") @Min(1) @Max(100) int size) {
        Window<TwinMessage> page = service.messages(id, position(before), Limit.of(size));
        List<MessageView> items = page.stream().map(TwinController::view).toList();
        return new PageOf<>(
                items,
                page.hasNext() ? String.valueOf(items.get(items.size() - 1).id()) : null);
    }

    @GetMapping("/countries")
    List<CountryView> countries() {
        return service.countries().stream()
                .map(country -> new CountryView(country.getCode(), country.getName()))
                .toList();
    }

    @PostMapping("/conversations")
    @ResponseStatus(HttpStatus.CREATED)
    ConversationView begin(@Valid @RequestBody NewConversation begun) {
        TwinConversation stored = service.begin(begun.owner(), begun.subject(), begun.members());
        return new ConversationView(
                stored.getId(),
                stored.getSubject(),
                stored.getMembers().stream().map(String::valueOf).toList());
    }

    @PostMapping("/conversations/{id}/messages")
    @ResponseStatus(HttpStatus.CREATED)
    MessageView post(@PathVariable long id, @Valid @RequestBody NewMessage posted) {
        return view(service.post(id, posted.sender(), posted.text()));
    }

    @PostMapping("/transfers")
    Balance transfer(@Valid @RequestBody NewTransfer transfer) {
        return new Balance(service.transfer(transfer.from(), transfer.to(), transfer.amount()));
    }

    private static ScrollPosition position(@Nullable Long before) {
        return before == null ? ScrollPosition.keyset() : ScrollPosition.forward(Map.of("id", before));
    }

    private static UserView view(TwinUser user) {
        TwinCountry country = user.getCountry();
        return new UserView(user.getId(), user.getName(), country.getCode(), country.getName(), user.getCredits());
    }

    private static MessageView view(TwinMessage message) {
        return new MessageView(message.getId(), message.getSender(), message.getText(), message.getSent());
    }
}
