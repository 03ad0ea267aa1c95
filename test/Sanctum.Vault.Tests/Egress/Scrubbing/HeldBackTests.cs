using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Sanctum.Egress;
using Sanctum.Egress.Scrubbing;
using static Sanctum.Tests.Egress.Scrubbing.Scrubbing;

namespace Sanctum.Tests.Egress.Scrubbing;

/// <summary>How much of a text is held back shows outside. An agent writes the text, so it must not show what the secret is.</summary>
public sealed class HeldBackTests
{
    private const string Secret = "sk-live-4fQ2x7ZtPqLw0RbN9yKd";

    // The known beginning, and how it is spelled.
    public static readonly TheoryData<string, Func<string, string>> Spellings = new()
    {
        { "text", text => text },
        { "hex", text => Convert.ToHexStringLower(Encoding.ASCII.GetBytes(text)) },
        { "hex in a list", text => string.Join(", ", Encoding.ASCII.GetBytes(text).Select(value => $"0x{value:x2}")) },
        { "numbers", text => string.Join(',', Encoding.ASCII.GetBytes(text)) },
        { "base64", text => Convert.ToBase64String(Encoding.ASCII.GetBytes(text)).TrimEnd('=') },
        { "UTF-16", text => Encoding.Latin1.GetString(Encoding.Unicode.GetBytes(text)) },
        { "percent", text => string.Concat(Encoding.ASCII.GetBytes(text).Select(value => $"%{value:x2}")) },
        { "percent twice", text => string.Concat(Encoding.ASCII.GetBytes(text).Select(value => $"%25{value:x2}")) },
        { "JSON", text => string.Concat(text.Select(letter => $"\\u{(int)letter:x4}")) },
        { "JSON twice", text => string.Concat(text.Select(letter => $"\\\\u{(int)letter:x4}")) },
        { "HTML", text => string.Concat(text.Select(letter => $"&#x000000{(int)letter:x};")) },
        { "hex in HTML", text => string.Concat(Convert.ToHexStringLower(Encoding.ASCII.GetBytes(text)).Select(letter => $"&#x000000{(int)letter:x};")) },
        { "quoted-printable", text => string.Join("=\r\n", text.Select(letter => $"={(int)letter:X2}")) },
    };

    [Theory]
    [MemberData(nameof(Spellings))]
    public void A_beginning_that_is_right_is_held_back_no_more_than_one_that_is_wrong(string spelling, Func<string, string> spell)
    {
        for (var known = 0; known < Secret.Length - 1; known++)
        {
            var (right, wrong) = (Secret[..(known + 1)], Secret[..known] + Other(Secret[known]));
            Assert.True(Given(Secret, [spell(right)]).SequenceEqual(Given(Secret, [spell(wrong)])), $"{spelling}: '{right}' and '{wrong}' can be told apart");
        }

        // Of the same kind, and as long in every spelling.
        static char Other(char letter) => letter switch
        {
            '-' => '_',
            '9' => '8',
            'z' or 'Z' => (char)(letter - 1),
            _ => (char)(letter + 1),
        };
    }

    [Fact]
    public void What_is_held_back_is_the_same_for_any_two_secrets_of_a_kind() =>
        (from seed in Gen.ULong
         from choices in Gen.Int[0, 1 << 20].Array[1, 60]
         from twice in Gen.Bool
         from cuts in Gen.Int[1, 40].Array[1, 8]
         from end in Gen.Double[0, 1]
         select (seed, choices, twice, cuts, end)).Sample(
            given =>
            {
                var (one, other) = (Made(given.seed), Made(given.seed + 1));
                var speller = new Speller(given.choices);
                var spelled = Encoding.Latin1.GetString(given.twice ? speller.SpellTwice(one) : speller.Spell(one));

                // Not all of it: what is found is another matter.
                var text = "text: " + spelled[..(int)(given.end * 0.6 * spelled.Length)];
                List<string> pieces = [];
                for (int at = 0, turn = 0; at < text.Length; turn++)
                {
                    var size = Math.Min(given.cuts[turn % given.cuts.Length], text.Length - at);
                    pieces.Add(text.Substring(at, size));
                    at += size;
                }

                var name = Encoding.ASCII.GetString(one);
                return Given(name, pieces).SequenceEqual(Given(Encoding.ASCII.GetString(other), pieces));
            },
            iter: 500,
            print: given => $"{Encoding.ASCII.GetString(Made(given.seed))}");

    [Fact]
    public void A_long_upload_in_small_pieces_is_searched_for_many_placeholders_to_its_end()
    {
        using var needles = NeedlesOf(Enumerable.Range(0, 256).Select(_ => Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(40, lowercase: true))));
        using var search = new OutgoingSearch([(needles, () => throw new InvalidOperationException("nothing is there to be found"))]);
        var piece = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("Lorem ipsum dolor sit amet, 10 per cent & more = %25\r\n", 2)));
        long sent = 0;
        for (var i = 0; i < 5000; i++)
        {
            sent += search.Pass(piece, isLast: false).Length;
        }

        Assert.Equal(5000L * piece.Length, sent + search.Pass(default, isLast: true).Length);
    }

    // The secret that is only held so far is a guess at once: nothing need follow for it to count.
    [Fact]
    public void A_secret_at_the_end_of_a_piece_is_found_at_once()
    {
        using var needles = NeedlesOf(Encoding.ASCII.GetBytes(Secret));
        using var search = new OutgoingSearch([(needles, () => new VaultException(VaultErrorCode.SecretInRequest, "found"))]);
        Assert.Equal("text: "u8, search.Pass(Encoding.ASCII.GetBytes("text: " + Secret[..15]), isLast: false).Span);
        Assert.Throws<VaultException>(() => search.Pass(Encoding.ASCII.GetBytes(Secret[15..]), isLast: false));
    }

    // How much has been given on after each piece. Nothing is found in any of them.
    private static List<int> Given(string secret, IReadOnlyList<string> pieces)
    {
        using var needles = NeedlesOf(Encoding.ASCII.GetBytes(secret));
        using var scrubber = new Scrubber(needles);
        var output = new ArrayBufferWriter<byte>();
        List<int> given = [];
        foreach (var piece in pieces)
        {
            scrubber.Write(Encoding.Latin1.GetBytes(piece), output);
            scrubber.Flush(output);
            given.Add(output.WrittenCount);
        }

        Assert.Equal(0, scrubber.Found);
        return given;
    }

    // Letters and digits, 24 to 28 of them: their length is told in steps of sixteen.
    private static byte[] Made(ulong seed)
    {
        var hash = SHA256.HashData(BitConverter.GetBytes(seed));
        return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash)[..(24 + (hash[0] % 5))]);
    }
}
