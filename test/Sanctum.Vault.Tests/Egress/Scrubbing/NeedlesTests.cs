using System.Buffers;
using System.Collections;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Sanctum.Crypto;
using Sanctum.Egress.Scrubbing;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Egress.Scrubbing;

[Collection(nameof(ProcessWide))]
public sealed class NeedlesTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(Needles.MinLength - 1)]
    [InlineData(Needles.MaxLength + 1)]
    public void What_is_too_short_or_too_long_is_refused_without_being_named(int length)
    {
        using var needles = new Needles();
        var refused = Assert.Throws<ArgumentException>(() => needles.Add(Encoding.ASCII.GetBytes(new string('q', length))));
        Assert.DoesNotContain("qq", refused.ToString(), StringComparison.Ordinal);
        Assert.Empty(needles.All);
    }

    [Theory]
    [InlineData(Needles.MinLength)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(Needles.MaxLength)]
    public void Every_form_is_found_at_every_length(int length)
    {
        var secret = RandomNumberGenerator.GetBytes(length);
        secret[^1] = (byte)'%';
        byte[][] forms =
        [
            secret,
            Encoding.ASCII.GetBytes(Convert.ToHexString(secret)),
            .. Enumerable.Range(0, 3).Select(before => Encoding.ASCII.GetBytes(Convert.ToBase64String([.. new byte[before], .. secret]))),
            Encoding.ASCII.GetBytes(string.Concat(secret.Select(value => $"%{value:x2}"))),
        ];
        foreach (var form in forms)
        {
            var (output, found) = Scrubbing.Scrub([secret], [.. "< "u8, .. form, .. " >"u8], [5000]);
            Assert.Equal(1, found);
            Assert.InRange(output.Length, "< [REDACTED] >".Length, "< ..[REDACTED]== >".Length);
        }
    }

    [Fact]
    public void A_secret_that_was_added_is_a_copy()
    {
        var secret = "secret12"u8.ToArray();
        using var needles = Scrubbing.NeedlesOf(secret);
        secret.AsSpan().Clear();
        using var scrubber = new Scrubber(needles);
        Assert.True(scrubber.TryReplace("secret12"u8, new ArrayBufferWriter<byte>()));
    }

    [Fact]
    public void Disposing_zeroes_the_secret_and_everything_derived_from_it()
    {
        var needles = Scrubbing.NeedlesOf("the-first-secret"u8.ToArray(), "the-second-secret"u8.ToArray());
        var memory = MemoryOf(needles);

        // Twenty forms, of which four are lists, and three tables; of the second also its beginning and its end.
        Assert.Equal(27 + 29, memory.Count);
        Assert.All(memory, piece => Assert.True(piece.Span.ContainsAnyExcept((byte)0)));

        needles.Dispose();

        Assert.All(memory, piece => Assert.False(piece.Span.ContainsAnyExcept((byte)0)));
    }

    [Fact]
    public void What_a_scrubber_held_is_zeroed_when_it_grows_and_when_it_is_disposed()
    {
        var secret = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(1000, 2000)));
        using var needles = Scrubbing.NeedlesOf(secret);
        var scrubber = new Scrubber(needles);
        scrubber.Write(secret.AsSpan(0, 3000), new ArrayBufferWriter<byte>());
        var first = Assert.Single(MemoryOf(scrubber).Except(MemoryOf(needles)));
        scrubber.Write(secret.AsSpan(3000, 4000), new ArrayBufferWriter<byte>());
        var second = MemoryOf(scrubber).Except(MemoryOf(needles)).ToList();
        Assert.False(first.Span.ContainsAnyExcept((byte)0));
        Assert.Single(second, piece => piece.Span.StartsWith(secret.AsSpan(0, 7000)));

        scrubber.Dispose();

        Assert.All(second, piece => Assert.False(piece.Span.ContainsAnyExcept((byte)0)));
        Assert.Throws<ObjectDisposedException>(() => scrubber.Write("x"u8, new ArrayBufferWriter<byte>()));
    }

    [Fact]
    public void Nothing_prints_what_it_holds()
    {
        using var needles = Scrubbing.NeedlesOf("secret12"u8.ToArray());
        using var scrubber = new Scrubber(needles);
        object[] all = [needles, scrubber, .. needles.All, .. needles.All.SelectMany(needle => needle.Forms)];
        Assert.All(all, one => Assert.Equal(one.GetType().ToString(), one.ToString()));
    }

    private static readonly HashSet<object> Foldings = new(ReferenceEqualityComparer.Instance) { Folding.Text, Folding.Base64, Folding.Base32, Folding.Base32Hex };

    // Whatever is reached from here, not only what this test knows of. Bytes outside of secret memory are refused.
    private static List<ReadOnlyMemory<byte>> MemoryOf(object root)
    {
        var found = new List<ReadOnlyMemory<byte>>();
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var next = new Stack<object?>([root]);
        while (next.TryPop(out var one))
        {
            if (one is null or string or Delegate or Pointer || one.GetType().IsPrimitive || !seen.Add(one) || Foldings.Contains(one))
            {
                continue;
            }

            Assert.IsNotType<byte[]>(one);
            if (one is SecretBytes secret)
            {
                found.Add(secret.Memory);
            }
            else if (one is IEnumerable many)
            {
                next = new(next.Concat(many.Cast<object?>()));
            }
            else
            {
                const BindingFlags Everything = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
                next = new(next.Concat(one.GetType().GetFields(Everything).Select(field => field.GetValue(one))));
            }
        }

        return found;
    }
}
