namespace Sanctum.Daemon.Tests.Hosting;

public sealed class LoggingTests
{
    [Fact]
    public async Task Output_that_nobody_reads_holds_up_no_call_and_what_was_dropped_is_counted()
    {
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{"log_level":"debug"}""");
        using var daemon = await DaemonProcess.StartAsync(vault);
        var wire = await vault.SignInAsync();

        // Each call is a line; a pipe and the queue before it hold some three thousand.
        for (var i = 0; i < 8000; i++)
        {
            await wire.CallAsync("lease_status");
        }

        await daemon.TerminateAsync();
        var log = await daemon.Log.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Contains("dropped", log, StringComparison.Ordinal);
    }
}
