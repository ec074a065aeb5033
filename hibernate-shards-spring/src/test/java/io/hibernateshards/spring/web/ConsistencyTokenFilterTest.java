package io.hibernateshards.spring.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hibernateshards.ConsistencyToken;
import io.hibernateshards.ShardedSession;
import io.hibernateshards.ShardedSessionFactory;
import io.hibernateshards.boot.ShardedConfiguration;
import io.hibernateshards.cluster.Collation;
import io.hibernateshards.cluster.LocalCluster;
import io.hibernateshards.cluster.LocalCluster.Layout;
import io.hibernateshards.cluster.ServerOptions;
import io.hibernateshards.spring.ConsistencyContext;
import io.hibernateshards.spring.ShardContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.Cookie;
import java.io.IOException;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

/** A client reads what it wrote, if it sends what it was told. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConsistencyTokenFilterTest {
    private static final String HEADER = "X-Shards-Consistency";

    private final LocalCluster cluster = LocalCluster.start(Layout.DATABASES, 2, Collation.C, ServerOptions.FAST, 1);
    private final ShardedSessionFactory factory = new ShardedConfiguration()
            .settings(cluster.settings())
            .setting("hibernate.hbm2ddl.auto", "create")
            .entities(Note.class)
            .build();
    private final ConsistencyTokenFilter header = new ConsistencyTokenFilter(TokenCarrier.HEADER, HEADER);
    private final ConsistencyTokenFilter cookie = new ConsistencyTokenFilter(TokenCarrier.COOKIE, "seen");

    ConsistencyTokenFilterTest() {
        ShardContext.applyTo(factory);
        cluster.awaitReplicas(0); // those without a token may read what was before the tables
    }

    @AfterAll
    void close() {
        factory.close();
        cluster.close();
    }

    private String write() {
        String author = UUID.randomUUID().toString();
        factory.inTransaction(session -> session.persist(new Note(author)));
        return author;
    }

    private MockHttpServletResponse answer(ConsistencyTokenFilter filter, MockHttpServletRequest request, Work work)
            throws Exception {
        MockHttpServletResponse response = new MockHttpServletResponse();
        filter.doFilter(request, response, (in, out) -> work.answer((TokenResponse) out));
        return response;
    }

    private static MockHttpServletRequest with(String token) {
        MockHttpServletRequest request = new MockHttpServletRequest();
        request.addHeader(HEADER, token);
        return request;
    }

    /** What a controller does. */
    @FunctionalInterface
    private interface Work {
        void answer(TokenResponse response) throws IOException, ServletException;
    }

    private static ConsistencyToken told(MockHttpServletResponse response) {
        return ConsistencyToken.parse(Objects.requireNonNull(response.getHeader(HEADER)));
    }

    @Test
    void whatARequestWrote_isToldInItsHeader_andHeldByTheNextOne() throws Exception {
        String[] author = {""};
        MockHttpServletResponse first = answer(header, new MockHttpServletRequest(), out -> author[0] = write());
        ConsistencyToken token = told(first);
        assertThat(token.shards()).containsExactly(factory.locate(Note.class, author[0]));
        MockHttpServletResponse second = answer(header, with(token.toString()), out -> {
            try (ShardedSession session = factory.openSession()) {
                session.setReadsOnly(true);
                assertThat(session.getConsistencyToken()).isEqualTo(token);
                assertThat(session.find(Note.class, author[0])).isNotNull();
            }
        });
        assertThat(second.getHeader(HEADER)).isNull();
        MockHttpServletResponse third = answer(header, with(token.toString()), out -> write());
        assertThat(told(third)).isEqualTo(told(third).merge(token));
    }

    @Test
    void sessionsOfARequest_seeWhatThoseBeforeThemWrote() throws Exception {
        answer(header, new MockHttpServletRequest(), out -> {
            write();
            try (ShardedSession session = factory.openSession()) {
                assertThat(session.getConsistencyToken())
                        .isEqualTo(ConsistencyContext.token())
                        .isNotEqualTo(ConsistencyToken.NONE);
            }
        });
        assertThat(ConsistencyContext.token()).isEqualTo(ConsistencyToken.NONE);
        try (ShardedSession session = factory.openSession()) {
            assertThat(session.getConsistencyToken()).isEqualTo(ConsistencyToken.NONE);
        }
    }

    @Test
    void aResponseThatHasBegun_hasItAlready() throws Exception {
        for (Work body : new Work[] {
            out -> out.getOutputStream().write(new byte[100_000]),
            out -> out.getWriter().write("x".repeat(100_000)),
            out -> out.flushBuffer(),
            out -> out.sendError(409),
            out -> out.sendRedirect("/elsewhere"),
        }) {
            MockHttpServletResponse response = answer(header, new MockHttpServletRequest(), out -> {
                write();
                body.answer(out);
                write(); // too late, which is no error
            });
            assertThat(response.isCommitted()).isTrue();
            assertThat(told(response).shards()).hasSize(1);
        }
    }

    @Test
    void aResponseThatIsBegunAnew_hasItAgain() throws Exception {
        MockHttpServletResponse response = answer(header, new MockHttpServletRequest(), out -> {
            write();
            out.getWriter().write("not this");
            out.reset();
        });
        assertThat(told(response).shards()).hasSize(1);
    }

    @Test
    void textThatIsNoToken_isLeftOut() throws Exception {
        for (String text : new String[] {"nonsense", "a.b.c", "%00", "nowhere.1F", "x".repeat(10_000)}) {
            MockHttpServletResponse response = answer(header, with(text), out -> {
                try (ShardedSession session = factory.openSession()) {
                    session.setReadsOnly(true);
                    session.createQuery("select count(*) from Note", Long.class).getSingleResult();
                }
            });
            assertThat(response.getStatus()).isEqualTo(200);
        }
    }

    @Test
    void aRequestThatFails_tellsAllTheSame() {
        MockHttpServletResponse response = new MockHttpServletResponse();
        assertThatThrownBy(() -> header.doFilter(new MockHttpServletRequest(), response, (in, out) -> {
                    write();
                    throw new ServletException("broken");
                }))
                .isInstanceOf(ServletException.class)
                .hasMessage("broken");
        assertThat(told(response).shards()).hasSize(1);
        MockHttpServletResponse other = new MockHttpServletResponse();
        assertThatThrownBy(() -> header.doFilter(new MockHttpServletRequest(), other, (in, out) -> {
                    write();
                    throw new IllegalStateException("by a filter");
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(told(other).shards()).hasSize(1);
    }

    @Test
    void cookies_carryIt_outOfTheReachOfScriptsAndOtherSites() throws Exception {
        MockHttpServletRequest request = new MockHttpServletRequest();
        request.setSecure(true);
        MockHttpServletResponse first = answer(cookie, request, out -> write());
        assertThat(first.getHeaders("Set-Cookie"))
                .singleElement()
                .asString()
                .startsWith("seen=")
                .contains("Path=/", "Secure", "HttpOnly", "SameSite=Lax");
        String token = Objects.requireNonNull(first.getCookie("seen")).getValue();
        MockHttpServletRequest next = new MockHttpServletRequest();
        next.setCookies(new Cookie("other", "x"), new Cookie("seen", token));
        answer(cookie, next, out -> assertThat(ConsistencyContext.token()).hasToString(token));
        assertThat(answer(cookie, new MockHttpServletRequest(), out -> {}).getHeaders("Set-Cookie"))
                .isEmpty();
    }
}
