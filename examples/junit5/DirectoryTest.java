import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each test has a directory of its own, so they may run at once and move time as they like. */
class DirectoryTest {
    private Sandbox directory;
    private Sandbox.Client client;

    @BeforeEach
    void makeDirectory() throws Exception {
        directory = new Sandbox();
        client = directory.client("Acme");
    }

    @AfterEach
    void dropDirectory() throws Exception {
        directory.close();
    }

    @Test
    void answersOverMutualTls() throws Exception {
        assertEquals(200, directory.get(client, "/organisations").statusCode());
    }

    @Test
    void failsExactlyOnce() throws Exception {
        directory.control("POST", "/faults", """
            {"match":{"path":"/organisations"},"trigger":{"next":1},"effect":{"status":503,"retry_after":1}}""");
        assertEquals(503, directory.get(client, "/organisations").statusCode());
        assertEquals(200, directory.get(client, "/organisations").statusCode());
    }

    @Test
    void refusesRevokedCertificate() throws Exception {
        directory.api("PUT", client.certificate(), "{\"RevokeReason\":\"keycompromise\"}");
        assertRefused("mtls.revoked");
    }

    @Test
    void refusesExpiredCertificate() throws Exception {
        directory.control("PUT", "/clock", "{\"advance\":\"P400D\"}");
        assertRefused("mtls.expired");
    }

    private void assertRefused(String code) throws Exception {
        HttpResponse<String> answer = directory.get(client, "/organisations");
        assertEquals(401, answer.statusCode());
        String reason = answer.headers().firstValue("x-mock-reason").orElse("");
        assertTrue(reason.contains("[" + code + "]"), reason);
    }
}
