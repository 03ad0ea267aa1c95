using Sanctum.Egress.Receiving;

namespace Sanctum.Tests.Egress;

/// <summary>What a decoder may cost, in a real thread's time.</summary>
public sealed class DecodingMeterTests
{
    private const int Mebibyte = 1024 * 1024;

    private readonly DecodingMeter _meter = new();

    [Fact]
    public void A_decoder_that_works_long_for_little_is_ended()
    {
        Work(TimeSpan.FromMilliseconds(100));
        _meter.CountIn(1);
        Work(TimeSpan.FromMilliseconds(200));
        Assert.Throws<InvalidDataException>(() => _meter.CountIn(1));
    }

    [Fact]
    public void One_that_gives_much_may_work_long()
    {
        _meter.CountOut(4 * Mebibyte);
        Work(TimeSpan.FromMilliseconds(400));
        _meter.CountIn(1);
        Work(TimeSpan.FromMilliseconds(400));
        Assert.Throws<InvalidDataException>(() => _meter.CountIn(1));
    }

    [Fact]
    public void Waiting_costs_nothing()
    {
        _meter.Start();
        Thread.Sleep(600);
        _meter.Stop();
        _meter.CountIn(1);
        Assert.InRange(_meter.Used, TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
    }

    // A decoder that waited for its input goes on in another thread, whose time is another's.
    [Fact]
    public void Another_threads_time_is_not_counted()
    {
        _meter.Start();
        var other = new Thread(() =>
        {
            Burn(TimeSpan.FromMilliseconds(400));
            _meter.Stop();
        });
        other.Start();
        other.Join();
        _meter.CountIn(1);
        Assert.Equal(TimeSpan.Zero, _meter.Used);
    }

    [Fact]
    public void What_comes_in_is_worth_what_comes_out()
    {
        _meter.CountIn(DecodingMeter.FreeBytes);
        _meter.CountOut(1);
        _meter.CountIn(8);
        Assert.Throws<InvalidDataException>(() => _meter.CountIn(1));
    }

    private void Work(TimeSpan time)
    {
        _meter.Start();
        Burn(time);
        _meter.Stop();
    }

    private static void Burn(TimeSpan time)
    {
        for (var start = ThreadTime.Now; ThreadTime.Now - start < time;)
        {
            Thread.SpinWait(1000);
        }
    }
}
