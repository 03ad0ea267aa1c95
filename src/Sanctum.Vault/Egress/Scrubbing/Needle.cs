using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Sanctum.Crypto;

namespace Sanctum.Egress.Scrubbing;

/// <summary>One secret in its <see cref="Form"/>s, and what a <see cref="Spotter"/> needs to see the end of any of them.</summary>
internal sealed class Needle : IDisposable
{
    /// <summary>Of a secret's beginning or end alone, that many bytes are looked for at the least.</summary>
    private const int MinPart = 16;

    public Needle(ReadOnlySpan<byte> secret)
    {
        Texts = new(AsText(secret), Beginnings(secret), [Utf16(secret, isBigEndian: false)], [Utf16(secret, isBigEndian: true)]);
        Bases = new([new Form(secret, 0, 6, Folding.Base64)], [new Form(secret, 1, 6, Folding.Base64)], [new Form(secret, 2, 6, Folding.Base64)], Base32(secret));
        Lists = new([new Form(secret, Notation.Hex)], [new Form(secret, Notation.PrefixedHex)], Decimals(secret), [new Form(secret, Notation.Octal)]);
        Forms = [.. Texts.Forms, .. Bases.Forms, .. Lists.Forms];
        Longest = Forms.Max(form => form.Length);
        (Length, Groups) = (secret.Length, Characters.GroupsOf(secret));
    }

    /// <summary>What may stand anywhere.</summary>
    public Lanes Texts { get; }

    /// <summary>What has only letters, digits and a few other characters in it.</summary>
    public Lanes Bases { get; }

    /// <summary>What has only digits and separators in it.</summary>
    public Lanes Lists { get; }

    public IReadOnlyList<Form> Forms { get; }

    /// <summary>How long the longest form is.</summary>
    public int Longest { get; }

    /// <summary>How long the secret is, in bytes.</summary>
    public int Length { get; }

    /// <summary>Which kinds of characters it has.</summary>
    public CharacterGroups Groups { get; }

    public void Dispose()
    {
        Texts.Dispose();
        Bases.Dispose();
        Lists.Dispose();
    }

    private static List<Form> AsText(ReadOnlySpan<byte> secret)
    {
        List<Form> forms = [new Form(secret)];
        AddDoubled(forms, secret, (byte)'"');
        AddDoubled(forms, secret, (byte)'\'');
        if (PartOf(secret) is var part && part < secret.Length)
        {
            forms.Add(new Form(secret[^part..], Breaks.Raw));
        }

        return forms;
    }

    private static List<Form> Beginnings(ReadOnlySpan<byte> secret) =>
        PartOf(secret) is var part && part < secret.Length ? [new Form(secret[..part], Breaks.Raw)] : [];

    private static int PartOf(ReadOnlySpan<byte> secret) => Math.Max(MinPart, ((3 * secret.Length) + 3) / 4);

    // As CSV, SQL and YAML have quotes in quotes.
    private static void AddDoubled(List<Form> forms, ReadOnlySpan<byte> secret, byte quote)
    {
        if (secret.Contains(quote))
        {
            using var doubled = new SecretBytes(2 * secret.Length);
            var length = 0;
            foreach (var value in secret)
            {
                doubled.Writable[length++] = value;
                if (value == quote)
                {
                    doubled.Writable[length++] = value;
                }
            }

            forms.Add(new Form(doubled.Span[..length]));
        }
    }

    private static Form Utf16(ReadOnlySpan<byte> secret, bool isBigEndian)
    {
        using var utf16 = new SecretBytes(2 * secret.Length);
        var length = WriteUtf16(secret, utf16.Writable);
        if (isBigEndian)
        {
            SwapBytes(utf16.Writable);
        }

        return new Form(utf16.Span[..length]);
    }

    private static List<Form> Base32(ReadOnlySpan<byte> secret)
    {
        List<Form> forms = [];
        for (var offset = 0; offset < 5; offset++)
        {
            forms.Add(new Form(secret, offset, 5, Folding.Base32));
            forms.Add(new Form(secret, offset, 5, Folding.Base32Hex));
        }

        return forms;
    }

    private static List<Form> Decimals(ReadOnlySpan<byte> secret)
    {
        List<Form> forms = [new Form(secret, Notation.Decimal)];
        if (secret.ContainsAnyInRange((byte)0x80, byte.MaxValue))
        {
            forms.Add(new Form(secret, Notation.SignedDecimal));
        }

        return forms;
    }

    // What is not UTF-8 is taken for Latin-1, byte by byte.
    private static int WriteUtf16(ReadOnlySpan<byte> secret, Span<byte> littleEndian)
    {
        var written = 0;
        Span<char> units = stackalloc char[2];
        while (!secret.IsEmpty)
        {
            var isUtf8 = Rune.DecodeFromUtf8(secret, out var rune, out var size) == System.Buffers.OperationStatus.Done;
            var count = (isUtf8 ? rune : new Rune(secret[0])).EncodeToUtf16(units);
            foreach (var unit in units[..count])
            {
                BinaryPrimitives.WriteUInt16LittleEndian(littleEndian[written..], unit);
                written += sizeof(char);
            }

            secret = secret[(isUtf8 ? size : 1)..];
        }

        units.Clear();
        return written;
    }

    private static void SwapBytes(Span<byte> utf16)
    {
        var units = MemoryMarshal.Cast<byte, ushort>(utf16);
        BinaryPrimitives.ReverseEndianness(units, units);
    }
}
