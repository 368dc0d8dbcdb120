import java.io.FileInputStream;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Builds the path leaf, issuing CA up to the root, with revocation by OCSP or CRL alone: java OcspCheck.java
 *  root.pem issuing.pem leaf.pem ocsp|crl. Prints GOOD, or the reason of the failure. */
class OcspCheck {
    public static void main(String[] files) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        X509Certificate[] read = new X509Certificate[3];
        for (int i = 0; i < 3; i++) {
            try (FileInputStream file = new FileInputStream(files[i])) {
                read[i] = (X509Certificate) factory.generateCertificate(file);
            }
        }
        CertPathValidator validator = CertPathValidator.getInstance("PKIX");
        PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
        EnumSet<PKIXRevocationChecker.Option> options = EnumSet.of(PKIXRevocationChecker.Option.NO_FALLBACK);
        if (files[3].equals("crl")) {
            options.add(PKIXRevocationChecker.Option.PREFER_CRLS);
        }
        checker.setOptions(options);
        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(read[0], null)));
        parameters.addCertPathChecker(checker);
        try {
            validator.validate(factory.generateCertPath(List.of(read[2], read[1])), parameters);
            System.out.println("GOOD");
        } catch (CertPathValidatorException refused) {
            System.out.println(refused.getReason() + ": " + refused.getMessage());
        }
    }
}
