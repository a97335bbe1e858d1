using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace PerfDash.Core.Ingest.Import;

/// <summary>
/// Names records that bring no key by what they say, so that a file can be imported again, longer or in another order,
/// without a job twice. Identical records are distinguished by counting them. Costs some 30 bytes of memory per record.
/// </summary>
internal sealed class ContentIds
{
    private readonly Dictionary<ulong, int> _occurrences = [];

    /// <summary>The key of the next record of the file: <c>import:</c>, 16 digits of its SHA-256, <c>#</c>, and the how-manieth of its kind it is.</summary>
    /// <param name="record">The record's bytes without the line break.</param>
    public string Create(ReadOnlySpan<byte> record)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(record, hash);
        var content = BinaryPrimitives.ReadUInt64BigEndian(hash);
        ref var occurrences = ref CollectionsMarshal.GetValueRefOrAddDefault(_occurrences, content, out _);
        return string.Create(CultureInfo.InvariantCulture, $"import:{content:x16}#{++occurrences}");
    }
}
