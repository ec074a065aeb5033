package io.hibernateshards.spring.web;

import jakarta.persistence.EntityManager;
import java.util.List;
import java.util.concurrent.Callable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionOperations;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** What writes in one request, and reads in another. */
@RestController
class Forum {
    private final EntityManager entityManager;
    private final TransactionOperations transactions;

    Forum(EntityManager entityManager, TransactionOperations transactions) {
        this.entityManager = entityManager;
        this.transactions = transactions;
    }

    @PostMapping("/topics/{name}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void open(@PathVariable String name, @RequestBody List<String> replies) {
        transactions.executeWithoutResult(status -> {
            Topic topic = new Topic(name);
            for (int i = 0; i < replies.size(); i++) {
                topic.replies.add(new Reply(topic, i, replies.get(i)));
            }
            entityManager.persist(topic);
        });
    }

    /** The same on another thread than the one that the container has given. */
    @PostMapping("/later/topics/{name}")
    Callable<ResponseEntity<Void>> openLater(@PathVariable String name, @RequestBody List<String> replies) {
        return () -> {
            open(name, replies);
            return ResponseEntity.noContent().build();
        };
    }

    @Transactional(readOnly = true)
    @GetMapping("/topics/{name}/size")
    public ResponseEntity<Long> size(@PathVariable String name) {
        return entityManager.find(Topic.class, name) == null
                ? ResponseEntity.notFound().build()
                : ResponseEntity.ok(entityManager
                        .createQuery("select count(r) from Reply r where r.topic.name = :name", Long.class)
                        .setParameter("name", name)
                        .getSingleResult());
    }

    /** Rendered after the transaction has ended. */
    @Transactional(readOnly = true)
    @GetMapping("/topics/{name}")
    public Topic topic(@PathVariable String name) {
        return entityManager.find(Topic.class, name);
    }

    /** Of several shards. */
    @GetMapping("/topics")
    List<Topic> topics() {
        return entityManager
                .createQuery("from Topic order by name", Topic.class)
                .getResultList();
    }
}
