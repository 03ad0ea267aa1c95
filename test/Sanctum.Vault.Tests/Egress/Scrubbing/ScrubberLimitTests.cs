using System.Buffers;
using System.Diagnostics;
using System.Text;
using Sanctum.Egress.Receiving;
using Sanctum.Egress.Scrubbing;
using static Sanctum.Tests.Egress.Scrubbing.Scrubbing;

namespace Sanctum.Tests.Egress.Scrubbing;

public sealed class ScrubberLimitTests
{
    [Fact]
    public void The_longest_spelling_is_held_and_nothing_is_longer()
    {
        var secret = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(100, 40)));
        var base64 = Convert.ToBase64String([.. "??"u8, .. secret]).AsEnumerable();
        var spelled = string.Join("&#x000000d;&#x000000A;", base64.Select(character => $"&#x000000{(int)character:x};"));
        var (held, output) = MostHeld(secret, spelled);
        Assert.Matches(@"^(&#x[0-9a-fA-F]+;){6}\[REDACTED\](&#x[0-9a-fA-F]+;){3}$", output);
        Assert.InRange(held, 43 * secret.Length, ((46 * secret.Length) + 64) * 17 / 16);
    }

    [Theory]
    [InlineData("%")]
    [InlineData("%2")]
    [InlineData("%25")]
    [InlineData("\\")]
    [InlineData("\\u")]
    [InlineData("\\ud83d")]
    [InlineData("&")]
    [InlineData("&#0")]
    [InlineData("0")]
    [InlineData("\r\n")]
    [InlineData("\\n")]
    [InlineData("=")]
    [InlineData("%26")]
    [InlineData("&amp;")]
    [InlineData("\\\\")]
    [InlineData(", ")]
    [InlineData("=\n")]
    [InlineData("=\r\n")]
    [InlineData("\\\n")]
    [InlineData("\\\r\n")]
    [InlineData("=\\\n")]
    public void Nothing_that_goes_on_for_ever_is_held(string endless)
    {
        foreach (var before in new[] { "", "c2Vj", "secr", "&#" })
        {
            var (held, _) = MostHeld("secret12"u8.ToArray(), before + Repeat(endless, 500));

            // Four digits for each of the sixteen bytes that it counts as, and a sixteenth of that before it is asked again.
            Assert.InRange(held, 0, 68);
        }
    }

    /// <summary>Texts that are or look like the secret all the time.</summary>
    public static readonly TheoryData<string, string, int> Hostile = new()
    {
        { Repeat("a", 8), "a", 4096 },
        { Repeat("a", 500), "a", 4096 },
        { Repeat("a", 2000) + "b", "a", 4096 },
        { "b" + Repeat("a", 300), "a", 4096 },
        { "b" + Repeat("a", 100), "%61", 4096 },
        { Repeat("%25", 300) + "b", "%25", 4096 },
        { Repeat("%25", 20), "%2525", 4096 },
        { Repeat("\\u0041", 100) + "b", "\\u0041", 4096 },
        { Repeat("a", 1000) + "b", "YWFh\r\n", 4096 },
        { Repeat("\r\n", 1000) + "b", "\r\n", 4096 },
        { Repeat("ab", 100) + "c", "ab", 1 },
        { Repeat("a", 4000), "a", 4096 },
        { Repeat("a", 4000), "a", 1 },
        { "b" + Repeat("a", 4000), "a", 4096 },
        { Repeat("a", 16 * 1024), "a", 4096 },
        { Repeat("a", 4000), Repeat("a", 3999) + "b", 4096 },
        { Repeat("\\", 300) + "b", "\\", 4096 },
        { Repeat("=", 300) + "b", "=3D", 4096 },
        { Repeat("&", 300) + "b", "&amp;amp;", 4096 },
        { string.Concat(Enumerable.Range(1000, 1000)), string.Concat(Enumerable.Range(1000, 999)), 1 },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_text_made_to_be_slow_is_not(string secret, string text, int chunk)
    {
        var whole = Encoding.ASCII.GetBytes(Repeat(text, 64 * 1024 / text.Length));
        var clock = Stopwatch.StartNew();
        Scrub([Encoding.ASCII.GetBytes(secret)], whole, [chunk]);

        // Mostly well under a second. Trying every way to read it would not end, and squaring its length takes minutes.
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"{clock.Elapsed}");
    }

    // As a compressed body of a few kilobytes holds megabytes of it. Time of the thread: a busy machine makes no difference.
    [Theory]
    [InlineData("%")]
    [InlineData("=")]
    [InlineData("%&=\\")]
    [InlineData("%25")]
    [InlineData("\\%\\&")]
    public void A_text_of_what_escapes_begin_with_takes_no_more_than_a_hundred_and_fifty_times_as_long_as_one_of_letters(string text)
    {
        // It was three to six hundred times. Of many rounds the best: the first ones are compiled.
        var rounds = Enumerable.Range(0, 30).Select(_ => (Letters: TimeOf("letters "), Hostile: TimeOf(text))).ToList();
        var (letters, hostile) = (rounds.Min(round => round.Letters), rounds.Min(round => round.Hostile));
        Assert.True(hostile < 150 * letters, $"{hostile / letters:F0} times: {hostile} and {letters}");

        static TimeSpan TimeOf(string text)
        {
            var whole = Encoding.ASCII.GetBytes(Repeat(text, 128 * 1024 / text.Length));
            var start = ThreadTime.Now;
            Scrub(["secret12"u8.ToArray()], whole, [16 * 1024]);
            return ThreadTime.Now - start;
        }
    }

    [Fact]
    public void A_secret_that_repeats_itself_costs_no_more_than_its_text_is_long()
    {
        var clock = Stopwatch.StartNew();
        var (output, _) = Scrub([Encoding.ASCII.GetBytes(Repeat("a", 4000))], Encoding.ASCII.GetBytes(Repeat("a", 2 * 1024 * 1024)), [16 * 1024]);

        // Each place compared with all of the secret took over half a minute.
        Assert.Equal("[REDACTED]"u8, output);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"{clock.Elapsed}");
    }

    [Theory]
    [InlineData("97, ")]
    [InlineData("61")]
    [InlineData("&#97;")]
    public void A_text_that_spells_a_secret_which_repeats_itself_thousands_of_times_is_redacted_or_refused(string text)
    {
        var clock = Stopwatch.StartNew();
        var whole = Encoding.ASCII.GetBytes(Repeat(text, 128 * 1024 / text.Length));
        var output = Array.Empty<byte>();
        var refused = Record.Exception(() => output = Scrub([Encoding.ASCII.GetBytes(Repeat("a", 4000))], whole, [4096]).Output);

        Assert.True(output.Length < 1000, $"{output.Length} bytes were given on");
        Assert.True(refused is null or VaultException { Code: VaultErrorCode.UpstreamFailed }, refused?.ToString());
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"{clock.Elapsed}");
    }

    [Fact]
    public void What_would_take_too_long_is_refused_and_not_given_on()
    {
        var text = Encoding.ASCII.GetBytes(Repeat("%61", 1024 * 1024));
        var refused = Assert.Throws<VaultException>(() => Scrub([Encoding.ASCII.GetBytes("b" + Repeat("a", 16_000))], text, [16 * 1024]));
        Assert.Equal(VaultErrorCode.UpstreamFailed, refused.Code);
    }

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));

    private static (int Held, string Output) MostHeld(byte[] secret, string text)
    {
        using var needles = NeedlesOf(secret);
        using var scrubber = new Scrubber(needles);
        var output = new ArrayBufferWriter<byte>();
        var (most, taken) = (0, 0);
        foreach (var value in Encoding.ASCII.GetBytes(text))
        {
            scrubber.Write([value], output);
            taken++;
            most = scrubber.Found == 0 ? Math.Max(most, taken - output.WrittenCount) : most;
        }

        scrubber.Complete(output);
        return (most, Encoding.ASCII.GetString(output.WrittenSpan));
    }
}
