package io.hibernateshards.samples.messenger.web;

import io.hibernateshards.samples.messenger.domain.InboxEntry;
import io.hibernateshards.samples.messenger.service.ConversationService;
import io.hibernateshards.samples.messenger.service.UserService;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Size;
import java.net.URI;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.PageRequest;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Users, their inboxes, and the countries they are from. */
@RestController
@Tag(name = "Users")
class UserController {
    private final UserService users;
    private final ConversationService conversations;

    UserController(UserService users, ConversationService conversations) {
        this.users = users;
        this.conversations = conversations;
    }

    @PostMapping("/users")
    @Operation(summary = "Register a user")
    ResponseEntity<UserView> register(@Valid @RequestBody NewUser user) {
        UserView stored = UserView.of(users.register(user.name(), user.country()));
        return ResponseEntity.created(URI.create("/users/" + stored.id())).body(stored);
    }

    @GetMapping("/users/{id}")
    @Operation(summary = "A user; asks one shard, or the cache")
    UserView profile(@PathVariable long id) {
        return UserView.of(users.profile(id));
    }

    @PatchMapping("/users/{id}")
    @Operation(summary = "Rename a user; asks one shard")
    UserView rename(@PathVariable long id, @Valid @RequestBody NewName wanted) {
        return UserView.of(users.rename(id, wanted.name()));
    }

    @GetMapping("/users")
    @Operation(summary = "Users whose names begin so; asks all shards")
    PageOf<UserView> search(
            @RequestParam @Size(min = 2, max = 100) String name,
            @RequestParam(defaultValue = "0") @Min(0) @Max(100) int page,
            @RequestParam(defaultValue = "20") @Min(1) @Max(100) int size) {
        return PageOf.of(users.search(name, PageRequest.of(page, size)), UserView::of);
    }

    @GetMapping("/users/{id}/inbox")
    @Operation(summary = "Messages to a user, the newest first; asks the user's shard")
    PageOf<InboxView> inbox(
            @PathVariable long id,
            @RequestParam(required = false) @Nullable Long before,
            @RequestParam(defaultValue = "20") @Min(1) @Max(100) int size) {
        OptionalLong end = before == null ? OptionalLong.empty() : OptionalLong.of(before);
        return PageOf.of(conversations.inbox(id, end, size), InboxView::of, InboxEntry::getId);
    }

    @GetMapping("/countries")
    @Operation(summary = "All countries; asks any shard")
    List<CountryView> countries() {
        return users.countries().stream().map(CountryView::of).toList();
    }
}
