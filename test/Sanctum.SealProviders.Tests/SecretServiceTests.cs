using System.Diagnostics;
using Sanctum.SealProviders.Local;

namespace Sanctum.SealProviders.Tests;

/// <summary>A real keyring on a session bus of its own: dbus-daemon and gnome-keyring, with a home of their own.</summary>
public sealed class SecretServiceTests : IDisposable
{
    private readonly Folder _folder = new();
    private readonly List<Process> _started = [];
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromMinutes(1));

    public void Dispose()
    {
        Stop();
        _patience.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_key_is_kept_given_out_and_removed()
    {
        var provider = await StartAsync("a password of the login keyring");
        var place = Failing.Place("");
        using (var created = await provider.CreateAsync(place, _patience.Token))
        {
            using var opened = await provider.OpenAsync(place, created.Data, _patience.Token);
            Assert.Equal(created.Key.Span, opened.Span);
        }

        using (var replaced = await provider.CreateAsync(place, _patience.Token))
        {
            using var opened = await provider.OpenAsync(place, replaced.Data, _patience.Token);
            Assert.Equal(replaced.Key.Span, opened.Span);
        }

        await Failing.WithAsync("not in the desktop's keyring", () => provider.OpenAsync(place with { VaultId = Guid.NewGuid() }, "", _patience.Token));
        Assert.True(await provider.ForgetAsync(place, _patience.Token));
        Assert.False(await provider.ForgetAsync(place, _patience.Token));
        await Failing.WithAsync("not in the desktop's keyring", () => provider.OpenAsync(place, "", _patience.Token));
    }

    [Fact]
    public async Task A_keyring_that_would_ask_the_user_is_locked()
    {
        var none = await StartAsync(password: null);
        await Failing.WithAsync("no default collection", () => none.CreateAsync(Failing.Place(""), _patience.Token));
        Stop();
        var unlocked = await StartAsync("a password of the login keyring");
        var place = Failing.Place("");
        (await unlocked.CreateAsync(place, _patience.Token)).Dispose();
        Stop();
        var locked = await StartAsync(password: null);
        await Failing.WithAsync("is locked", () => locked.CreateAsync(Failing.Place(""), _patience.Token));
        await Failing.WithAsync("is locked", () => locked.OpenAsync(place, "", _patience.Token));
    }

    [Fact]
    public async Task Without_a_bus_or_a_keyring_it_says_so()
    {
        await Failing.WithAsync("no session bus", () => new SecretService(() => null).OpenAsync(Failing.Place(""), "", _patience.Token));
        await Failing.WithAsync("can't be used", () => new SecretService(() => $"unix:path={_folder.Path}/none").OpenAsync(Failing.Place(""), "", _patience.Token));
        await Failing.WithAsync("can't be used", () => new SecretService(() => "nonsense").OpenAsync(Failing.Place(""), "", _patience.Token));
        Assert.SkipUnless(File.Exists("/usr/bin/dbus-daemon"), "dbus-daemon is not installed");
        var bus = await StartBusAsync();
        await Failing.WithAsync("no keyring responds", () => new SecretService(() => bus).OpenAsync(Failing.Place(""), "", _patience.Token));
    }

    private void Stop()
    {
        foreach (var process in Enumerable.Reverse(_started))
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        _started.Clear();
    }

    private async Task<SecretService> StartAsync(string? password)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/dbus-daemon") && File.Exists("/usr/bin/gnome-keyring-daemon"), "dbus-daemon and gnome-keyring are not installed");
        var bus = await StartBusAsync();
        string[] arguments = ["--foreground", "--components=secrets", .. password is null ? [] : (string[])["--unlock"]];
        var keyring = Start("/usr/bin/gnome-keyring-daemon", arguments, bus);
        await keyring.StandardInput.WriteAsync(password);
        keyring.StandardInput.Close();
        var provider = new SecretService(() => bus);
        for (var tries = 0; ; tries++)
        {
            try
            {
                await provider.ForgetAsync(Failing.Place(""), _patience.Token);
                return provider;
            }
            catch (Sanctum.Sealing.SealProviderException early) when (early.Message.Contains("no keyring responds", StringComparison.Ordinal) && tries < 200)
            {
                await Task.Delay(50); // It has not taken its name yet.
            }
        }
    }

    // Without the system's service files: a bus that starts no programs by itself.
    private async Task<string> StartBusAsync()
    {
        var configuration = _folder.Write("bus.conf", $"""
            <busconfig><type>session</type><listen>unix:dir={_folder.Path}</listen><auth>EXTERNAL</auth>
            <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
            """);
        var daemon = Start("/usr/bin/dbus-daemon", [$"--config-file={configuration}", "--nofork", "--print-address=1"], null);
        return await daemon.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the bus did not start");
    }

    private Process Start(string program, IEnumerable<string> arguments, string? bus)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["HOME"] = _folder.Path;
        start.Environment["XDG_RUNTIME_DIR"] = _folder.Path;
        start.Environment["XDG_DATA_HOME"] = _folder.Path;
        start.Environment.Remove("DISPLAY");
        if (bus is not null)
        {
            start.Environment["DBUS_SESSION_BUS_ADDRESS"] = bus;
        }

        var process = Process.Start(start)!;
        _started.Add(process);
        return process;
    }
}
