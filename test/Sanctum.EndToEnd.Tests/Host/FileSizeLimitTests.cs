using System.Globalization;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Host;

/// <summary>RLIMIT_FSIZE: the system's way to say that a file may not grow, which by default ends the process. For the vault it is a full disk like any other.</summary>
public sealed class FileSizeLimitTests
{
    [Fact]
    public async Task A_daemon_that_may_not_write_refuses_new_work_and_can_still_be_sealed()
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        await home.StoreAsync("a/b", "a secret");
        await using var daemon = await ForegroundDaemon.StartAsync(home);
        using var admin = new AdminWire(home);
        await admin.LoginAsync();
        await admin.StoreAsync("a/c", "before");
        await LimitAsync(daemon, "0");

        using var response = await admin.SendAsync("credentials/store", new() { ["path"] = "a/d", ["value"] = AdminWire.Base64("never") });
        var refused = await response.Content.ReadAsStringAsync();
        Assert.Contains("STORAGE_FAILED", refused, StringComparison.Ordinal);
        Assert.Contains("disk is full", refused, StringComparison.Ordinal);
        Assert.False(daemon.Process.HasExited, daemon.Said);

        // Whoever has only the passphrase gets in for this one thing, and is told what is not on the record.
        var sealing = (await home.RunAsync("seal")).Done();
        Assert.Contains("the vault is sealed", sealing.Output, StringComparison.Ordinal);
        Assert.Contains("warning: the login could not be recorded", sealing.Errors, StringComparison.Ordinal);
        Assert.Contains("warning: the sealing is not in the audit log", sealing.Errors, StringComparison.Ordinal);
        Assert.True((bool)(await admin.DoAsync("status"))["sealed"]!);

        await LimitAsync(daemon, "unlimited");
        (await home.RunAsync("unseal")).Done();
        (await home.RunAsync("audit", "verify")).Done();
        Assert.Equal("before", (await home.RunAsync("get", "a/c")).Done().Output);
        Assert.Equal(1, (await home.RunAsync("get", "a/d")).ExitCode);
        Assert.Equal(0, await daemon.TerminateAsync());
    }

    [Fact]
    public async Task A_daemon_that_may_not_write_can_still_be_stopped()
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        await using var daemon = await ForegroundDaemon.StartAsync(home);
        await LimitAsync(daemon, "0");
        Assert.Contains("daemon stopped", (await home.RunAsync("daemon", "stop")).Done().Output, StringComparison.Ordinal);
        Assert.Equal(0, await daemon.EndedAsync());
        Assert.Contains("the sealing is not in the audit log", daemon.Said, StringComparison.Ordinal);
        (await home.RunAsync("audit", "verify")).Done();
    }

    [Fact]
    public async Task An_init_that_may_not_write_so_much_says_so_and_the_next_one_goes_on()
    {
        await HasPrlimitAsync();
        foreach (var size in (int[])[0, 1, 4096, 8192, 33_000])
        {
            await using var home = new SanctumHome { Under = ["prlimit", $"--fsize={size.ToString(CultureInfo.InvariantCulture)}"] };
            // The runtime itself keeps what it compiles in a file of memory, unless told not to.
            var failed = await home.RunBareAsync("", ["init", "--passphrase-file", home.PassphraseFile], ("DOTNET_EnableDiagnostics", "0"), ("DOTNET_EnableWriteXorExecute", "0"));
            if (failed.ExitCode != 0)
            {
                Assert.True(failed.ExitCode == 1, $"{size}: {failed.ExitCode} {failed.Errors}");

                // The native executable keeps its libraries in files of memory.
                Assert.Matches("the vault's disk is full|can't be loaded: .*too large(.|\n)*ulimit -f", failed.Errors);
                home.Under = [];
                (await home.RunAsync("init")).Done();
            }

            home.Under = [];
            (await home.RunAsync("audit", "verify")).Done();
        }
    }

    private static async Task LimitAsync(ForegroundDaemon daemon, string size)
    {
        await HasPrlimitAsync();
        var (exitCode, said) = await HostTools.RunAsync(
            "prlimit", $"--fsize={size}:unlimited", "--pid", daemon.Process.Id.ToString(CultureInfo.InvariantCulture));
        Assert.True(exitCode == 0, said);
    }

    private static async Task HasPrlimitAsync()
    {
        try
        {
            await HostTools.RunAsync("prlimit", "--version");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("prlimit, of util-linux, is not here");
        }
    }
}
