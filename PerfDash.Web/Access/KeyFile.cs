using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PerfDash.Web.Hosting.Startup;

namespace PerfDash.Web.Access;

/// <summary>The certificate that protects the keys of cookies in the database.</summary>
internal static class KeyFile
{
    /// <summary>Reads a certificate with its private key, PEM or PFX.</summary>
    /// <exception cref="StartupException">The file cannot be used; the message says why.</exception>
    public static X509Certificate2 Read(string path)
    {
        const string key = $"{AccessOptions.Section}:{nameof(AccessOptions.KeyFile)}";
        try
        {
            var certificate = Path.GetExtension(path).ToLowerInvariant() is ".pfx" or ".p12"
                ? X509CertificateLoader.LoadPkcs12FromFile(path, null)
                : X509Certificate2.CreateFromPemFile(path);
            return certificate.HasPrivateKey ? certificate : throw new CryptographicException("it holds no private key");
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"{key}: {path} cannot be read as a certificate with its private key, PEM or PFX ({e.Message}).", e);
        }
    }
}
