using Sanctum.Daemon.Hosting;

namespace Sanctum.Daemon.Tests.Hosting;

public sealed class DrainStateTests
{
    [Fact]
    public void A_second_signal_after_all_has_ended_does_nothing()
    {
        var drain = new DrainState();
        drain.Begin(TimeSpan.FromSeconds(1));
        drain.Dispose();
        drain.EndNow();
    }
}
