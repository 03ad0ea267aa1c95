using System.Text;
using Microsoft.Extensions.Time.Testing;
using Sanctum.Egress.Scrubbing;

namespace Sanctum.Tests.Egress.Scrubbing;

public sealed class KeptNeedlesTests : IDisposable
{
    private static readonly byte[] Secret = "a secret that is sent again and again"u8.ToArray();

    private readonly FakeTimeProvider _time = new();
    private readonly KeptNeedles _kept;

    public KeptNeedlesTests() => _kept = new KeptNeedles(_time);

    public void Dispose() => _kept.Dispose();

    [Fact]
    public void The_next_request_with_a_secret_has_the_needle_of_the_one_before()
    {
        var first = OfOneRequest(Secret);
        Assert.Same(first, OfOneRequest(Secret));
        Assert.NotSame(first, OfOneRequest("another secret, as long as the first."u8.ToArray()));
    }

    [Fact]
    public void A_needle_is_zeroed_ten_seconds_after_its_last_use()
    {
        var needle = OfOneRequest(Secret);
        _time.Advance(KeptNeedles.Time);
        _time.Advance(KeptNeedles.Time);

        Assert.Equal(0, _kept.Count);
        Assert.True(IsZeroed(needle));
    }

    [Fact]
    public void A_needle_in_use_is_not_zeroed_however_long_that_takes()
    {
        using var needles = new Needles(_kept);
        needles.Add(Secret);
        _time.Advance(10 * KeptNeedles.Time);

        Assert.False(IsZeroed(needles.All[0]));
        Assert.Same(needles.All[0], OfOneRequest(Secret));
    }

    [Fact]
    public void Sealing_zeroes_what_is_kept_and_what_is_in_use_when_it_is_given_back()
    {
        var kept = OfOneRequest("a secret that rests"u8.ToArray());
        using var needles = new Needles(_kept);
        needles.Add(Secret);
        var used = needles.All[0];
        _kept.Dispose();

        Assert.True(IsZeroed(kept));
        Assert.False(IsZeroed(used));
        needles.Dispose();
        Assert.True(IsZeroed(used));
        Assert.True(IsZeroed(OfOneRequest(Secret)));
    }

    [Fact]
    public void No_more_than_64_are_kept_and_the_one_that_rested_longest_makes_room()
    {
        var first = OfOneRequest(Numbered(0));
        Needle? second = null;
        for (var i = 1; i <= KeptNeedles.Most; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            second ??= OfOneRequest(Numbered(i));
            OfOneRequest(Numbered(i));
        }

        Assert.Equal(KeptNeedles.Most, _kept.Count);
        Assert.True(IsZeroed(first));
        Assert.Same(second, OfOneRequest(Numbered(1)));
    }

    [Fact]
    public void While_64_are_in_use_another_is_made_for_one_request_alone()
    {
        var all = Enumerable.Range(0, KeptNeedles.Most).Select(i => _kept.Take(Numbered(i))).ToList();
        Assert.True(IsZeroed(OfOneRequest(Secret)));
        Assert.Equal(KeptNeedles.Most, _kept.Count);
        all.ForEach(_kept.Return);
    }

    [Fact]
    public void A_long_secret_and_what_is_sent_once_are_not_kept()
    {
        Assert.True(IsZeroed(OfOneRequest(new string('s', KeptNeedles.Longest + 1).Select(letter => (byte)letter).ToArray())));
        using (var needles = new Needles(_kept))
        {
            needles.Add(Secret, once: true);
        }

        Assert.Equal(0, _kept.Count);
    }

    [Fact]
    public async Task Many_threads_find_a_secret_with_needles_that_come_and_go()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 2000; i++)
            {
                var secret = Numbered((i * 7 + thread) % (2 * KeptNeedles.Most));
                using var needles = new Needles(_kept);
                needles.Add(secret);
                using var scrubber = new Scrubber(needles);
                Assert.True(scrubber.Finds([.. "before "u8, .. secret, .. " after"u8]));
                if (i % 100 == 0)
                {
                    _time.Advance(KeptNeedles.Time);
                }
            }
        })));
        Assert.InRange(_kept.Count, 0, KeptNeedles.Most);
    }

    private static byte[] Numbered(int number) => Encoding.ASCII.GetBytes($"secret of service {number}");

    private static bool IsZeroed(Needle needle)
    {
        try
        {
            return needle.Texts.Rows.IsEmpty;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    private Needle OfOneRequest(byte[] secret)
    {
        using var needles = new Needles(_kept);
        needles.Add(secret);
        return needles.All[0];
    }
}
