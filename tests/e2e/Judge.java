import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Judges server certificates as a TLS client of the JDK does, with revocation: java Judge.java root.pem CASE...
 *  Each CASE is a folder with certificate.pem and chain.pem. Prints "CASE TAB GOOD", or the causes of the refusal. */
class Judge {
    public static void main(String[] files) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
        anchors.load(null, null);
        try (InputStream file = new FileInputStream(files[0])) {
            anchors.setCertificateEntry("root", factory.generateCertificate(file));
        }
        PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, new X509CertSelector());
        parameters.addCertPathChecker((PKIXRevocationChecker) CertPathBuilder.getInstance("PKIX").getRevocationChecker());
        TrustManagerFactory made = TrustManagerFactory.getInstance("PKIX");
        made.init(new CertPathTrustManagerParameters(parameters));
        X509TrustManager manager = (X509TrustManager) made.getTrustManagers()[0];
        for (int i = 1; i < files.length; i++) {
            Path folder = Path.of(files[i]);
            System.out.println(folder.getFileName() + "\t" + judged(factory, manager, folder));
        }
    }

    private static String judged(CertificateFactory factory, X509TrustManager manager, Path folder) {
        try {
            List<X509Certificate> chain = new ArrayList<>();
            for (String name : List.of("certificate.pem", "chain.pem")) {
                if (Files.size(folder.resolve(name)) > 0) {
                    try (InputStream file = Files.newInputStream(folder.resolve(name))) {
                        Collection<?> read = factory.generateCertificates(file);
                        read.forEach(each -> chain.add((X509Certificate) each));
                    }
                }
            }
            manager.checkServerTrusted(chain.toArray(new X509Certificate[0]), "UNKNOWN");
            return "GOOD";
        } catch (Exception refused) {
            StringBuilder told = new StringBuilder();
            for (Throwable cause = refused; cause != null; cause = cause.getCause()) {
                told.append(cause.getClass().getSimpleName()).append(": ").append(cause.getMessage()).append("; ");
            }
            return told.toString().replace('\n', ' ');
        }
    }
}
