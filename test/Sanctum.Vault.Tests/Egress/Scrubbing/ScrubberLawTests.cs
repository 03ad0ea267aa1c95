using System.Text;
using CsCheck;
using static Sanctum.Tests.Egress.Scrubbing.Scrubbing;

namespace Sanctum.Tests.Egress.Scrubbing;

public sealed class ScrubberLawTests
{
    // Twenty times as many texts in a campaign: dotnet run build.cs -- campaign.
    private static readonly int Scale = Environment.GetEnvironmentVariable("SANCTUM_TEST_CAMPAIGN") is { Length: > 0 } ? 20 : 1;

    private static readonly Gen<byte[]> AnySecret = Gen.OneOf(
        Gen.Char[' ', '~'].Array[8, 20].Select(Encoding.Latin1.GetBytes),
        Gen.Byte.Array[8, 20],
        Gen.Int[7, 12].Select(length => Encoding.ASCII.GetBytes(new string('a', length) + 'b')),
        Gen.Char["ab"].Array[8, 12].Select(Encoding.Latin1.GetBytes),
        Pieces(8, "%41", "%25", "\\u0041", "&amp;", "&#65;", "\\n", "\\\\", "%", "\\", "&", "+", " ", "a", "2", "5"),
        Pieces(8, "é", "€", "😀", "a", "Ã", "©"),
        Pieces(8, "X", "D", "2", ":", ",", "4", "\n", "\r", "\u0010"),
        Pieces(8, "QUFB", "4141", "AAAA", "==", "YWFh", "61"));

    private static readonly Gen<byte[]> Noise = Gen.OneOf(
        Pieces(0, "%", "25", "2", "\\", "u", "u00", "d83d", "x", "n", "&", "#", "amp", "0", "000000", ";", "\r\n", "=\n", "\\\r\n", "+", "=", "a", "b", "{\"k\": \"v\"}", "ÿ", "\0"),
        Gen.Byte.Array[0, 12],
        Gen.Char["aAbB614"].Array[0, 12].Select(Encoding.Latin1.GetBytes));

    private static readonly Gen<byte[]> ShortSecret = Gen.OneOf(
        Gen.Char["XD"].Array[8].Select(Encoding.Latin1.GetBytes),
        Gen.Char["2:,;4\n\r\u0010\u0013"].Array[8].Select(Encoding.Latin1.GetBytes),
        Gen.Char["ab%&\\="].Array[8].Select(Encoding.Latin1.GetBytes),
        Gen.Byte.Array[8]);

    private static readonly Gen<byte[]> Flaw =
        Pieces(0, 2, ";", " ", "&", "#", "x", "\\", "u", "%", "25", "=", "\r", "\n", "+", "0", "3a", "58", "44", "\"", "&#59;", "\\a ", "%0A", "=\n");

    private static readonly Gen<int[]> AnySplit = Gen.OneOf(Gen.Const(new[] { 1 }), Gen.Int[1, 30].Array[1, 8], Gen.Const(new[] { int.MaxValue }));

    [Fact]
    public void What_comes_out_is_what_the_definition_says_wherever_the_text_is_cut() =>
        (from secrets in AnySecret.Array[1, 2]
         from text in TextAround(secrets)
         from split in AnySplit
         select (secrets, text, split)).Sample(
            IsAsDefined,
            iter: 300 * Scale,
            print: Print);

    [Fact]
    public void What_comes_out_of_a_text_that_was_escaped_once_more_is_what_the_definition_says() =>
        (from secrets in AnySecret.Array[1, 2]
         from text in TextAround(secrets, times: 2)
         from split in AnySplit
         select (secrets, text, split)).Sample(
            IsAsDefined,
            iter: 200 * Scale,
            print: Print);

    // Where it is read in several ways, a byte more or less makes the difference.
    [Fact]
    public void What_comes_out_of_a_text_with_a_few_other_bytes_is_what_the_definition_says() =>
        (from secret in ShortSecret
         from choices in Gen.Int[0, 1 << 20].Array[1, 60]
         from times in Gen.Int[1, 2]
         from changes in Gen.Select(Gen.Int[0, 1 << 20], Gen.Int[0, 3], Flaw).Array[1, 4]
         from split in AnySplit
         select (secrets: new[] { secret }, text: Changed(times == 1 ? new Speller(choices).Spell(secret) : new Speller(choices).SpellTwice(secret), changes), split)).Sample(
            IsAsDefined,
            iter: 300 * Scale,
            print: Print);

    // A secret with a bracket may stand where a marker meets what is beside it.
    [Fact]
    public void No_form_of_the_secret_comes_out() =>
        (from secret in AnySecret.Where(secret => !secret.Contains((byte)'[') && !secret.Contains((byte)']'))
         from text in TextAround([secret])
         from split in AnySplit
         select (secrets: new[] { secret }, text, split)).Sample(
            given => !Definition.Occurrences(given.secrets[0], Scrub(given.secrets, given.text, given.split).Output).Any(),
            iter: 200 * Scale,
            print: Print);

    [Fact]
    public void A_text_without_the_secret_comes_out_byte_for_byte_and_nothing_is_counted() =>
        (from secret in AnySecret
         from pieces in Gen.OneOf(Noise, Gen.Const(secret[..^1]), Gen.Const(secret[1..])).Array[0, 8]
         from split in AnySplit
         select (secrets: new[] { secret }, text: pieces.SelectMany(piece => piece).ToArray(), split))
        .Where(given => !Definition.Occurrences(given.secrets[0], given.text).Any()).Sample(
            given =>
            {
                var (output, found) = Scrub(given.secrets, given.text, given.split);
                return output.AsSpan().SequenceEqual(given.text) && found == 0;
            },
            iter: 200 * Scale,
            print: Print);

    private static bool IsAsDefined((byte[][] Secrets, byte[] Text, int[] Split) given)
    {
        var (output, found) = Scrub(given.Secrets, given.Text, given.Split);
        var defined = Definition.Scrub(given.Secrets, given.Text);
        return output.AsSpan().SequenceEqual(defined.Output) && found == defined.Found;
    }

    private static Gen<byte[]> Pieces(int least, params string[] pieces) => Pieces(least, 14, pieces);

    private static Gen<byte[]> Pieces(int least, int most, params string[] pieces) =>
        OneOf(pieces).Array[least, most].Select(chosen => Encoding.UTF8.GetBytes(string.Concat(chosen)));

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    // Noise, the secrets in all forms, and cut off ones: also where one begins within another.
    private static Gen<byte[]> TextAround(byte[][] secrets, int times = 1)
    {
        var spelled =
            from secret in OneOf(secrets)
            from choices in Gen.Int[0, 1 << 20].Array[1, 60]
            select times == 1 ? new Speller(choices).Spell(secret) : new Speller(choices).SpellTwice(secret);
        var cut =
            from whole in spelled
            from start in Gen.Int[0, whole.Length]
            from end in Gen.Int[start, whole.Length]
            from piece in OneOf(whole[start..], whole[..end], whole[start..end])
            select piece;
        return Gen.OneOf(Noise, spelled, cut).Array[0, 6].Select(pieces => pieces.SelectMany(piece => piece).ToArray());
    }

    // In the place of up to three bytes come others.
    private static byte[] Changed(byte[] text, (int At, int Count, byte[] By)[] changes) => changes.Aggregate(text, (before, change) =>
    {
        var at = change.At % (before.Length + 1);
        return [.. before[..at], .. change.By, .. before[Math.Min(at + change.Count, before.Length)..]];
    });

    private static string Print((byte[][] Secrets, byte[] Text, int[] Split) given) =>
        $"secrets {string.Join(" | ", given.Secrets.Select(Convert.ToHexString))}\ntext {Convert.ToHexString(given.Text)}\n{Encoding.Latin1.GetString(given.Text)}\nsplit {string.Join(",", given.Split)}";
}
