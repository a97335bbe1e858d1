using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace PerfDash.Core.Access;

/// <summary>Random secrets of sessions, keys and links: 256 bits, stored as SHA-256 only.</summary>
public static class Secrets
{
    public static string Create() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
