using System.Buffers.Binary;

namespace PerfDash.Core.Ingest.Otlp;

/// <summary>
/// Reads the fields of one protobuf message, in the order they were written. A field that the caller does not know, or that is of
/// another wire type, is skipped.
/// </summary>
/// <remarks>See https://protobuf.dev/programming-guides/encoding/. Groups are not read: OTLP has none.</remarks>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Length = 2;
    private const int Fixed32 = 5;

    private ReadOnlySpan<byte> _rest = message;

    /// <summary>The tag of a field whose value is an integer, a bool or an enum.</summary>
    public static uint Number(int field) => (uint)((field << 3) | Varint);

    /// <summary>The tag of a field whose value takes eight bytes.</summary>
    public static uint EightBytes(int field) => (uint)((field << 3) | Fixed64);

    /// <summary>The tag of a field whose value is text, bytes or a message.</summary>
    public static uint Bytes(int field) => (uint)((field << 3) | Length);

    /// <summary>Goes on to the next field, whose value must then be read or skipped.</summary>
    /// <returns>Its tag, or 0 at the end of the message.</returns>
    public uint ReadTag()
    {
        if (_rest.IsEmpty)
            return 0;
        var tag = ReadVarint();
        return tag >> 3 is > 0 and < 1 << 29 ? (uint)tag : throw new FormatException("a field has no valid number");
    }

    public ulong ReadVarint()
    {
        ulong value = 0;
        for (var i = 0; i < 10; i++)
        {
            var next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80)
                return value;
        }

        throw new FormatException("an integer is longer than 10 bytes");
    }

    public ulong ReadFixed64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public ReadOnlySpan<byte> ReadBytes()
    {
        var length = ReadVarint();
        return length <= (ulong)_rest.Length ? Take((int)length) : throw new FormatException("a field is longer than its message");
    }

    /// <summary>Text, with a mark for what is not UTF-8: see <see cref="StorableText"/>.</summary>
    public string ReadText() => StorableText.FromUtf8(ReadBytes());

    public void Skip(uint tag)
    {
        switch (tag & 7)
        {
            case Varint:
                ReadVarint();
                break;
            case Fixed64:
                Take(8);
                break;
            case Length:
                ReadBytes();
                break;
            case Fixed32:
                Take(4);
                break;
            default:
                throw new FormatException("a field has a wire type that is not valid");
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
            throw new FormatException("the message ends within a field");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
