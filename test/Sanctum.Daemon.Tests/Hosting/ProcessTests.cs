using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Sanctum.Daemon.Tests.Hosting;

/// <summary>A daemon in a process of its own, and what another process of the same user can find of it.</summary>
public sealed class ProcessTests
{
    [Fact]
    public async Task It_opens_no_diagnostics_socket_and_can_t_be_dumped()
    {
        using var temporary = new TemporaryFolder();
        await using var vault = await VaultFixture.CreateAsync();
        using var daemon = await StartAsync(vault, temporary.Path);

        // A runtime that has diagnostics on would be found here, and take a heap dump for whoever asks: see the control below.
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary.Path, "dotnet-diagnostic-*"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary.Path, "clr-debug-pipe-*"));
        Assert.DoesNotContain(temporary.Path, await File.ReadAllTextAsync("/proc/net/unix"), StringComparison.Ordinal);
        Assert.Contains("Max core file size        0                    0", await LimitsAsync(daemon), StringComparison.Ordinal);

        // What a process that is not dumpable has in /proc belongs to root, whoever runs it.
        if (Environment.UserName != "root")
        {
            Assert.Throws<UnauthorizedAccessException>(() => File.ReadAllBytes($"/proc/{daemon.Id}/environ"));
        }

        daemon.Kill();
        await daemon.WaitForExitAsync();
    }

    [Fact]
    public async Task The_control_a_plain_process_does_open_one()
    {
        using var temporary = new TemporaryFolder();
        using var watcher = new FileSystemWatcher(temporary.Path, "dotnet-diagnostic-*");
        var made = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Created += (_, _) => made.TrySetResult();
        watcher.EnableRaisingEvents = true;
        using var plain = Process.Start(Info(temporary.Path, "build-server", "--help"))!;

        await made.Task.WaitAsync(TimeSpan.FromMinutes(2));
        await plain.WaitForExitAsync();
    }

    [Fact]
    public async Task The_service_manager_is_told_when_it_is_ready_and_when_it_stops()
    {
        using var temporary = new TemporaryFolder();
        await using var vault = await VaultFixture.CreateAsync();
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        var address = Path.Join(temporary.Path, "notify");
        manager.Bind(new UnixDomainSocketEndPoint(address));
        manager.ReceiveTimeout = 120_000;
        using var daemon = await StartAsync(vault, temporary.Path, ("NOTIFY_SOCKET", address));

        Assert.Equal("READY=1", Next());
        Process.Start("kill", ["-TERM", daemon.Id.ToString(CultureInfo.InvariantCulture)]).Dispose();
        Assert.Equal("STOPPING=1\nEXTEND_TIMEOUT_USEC=25000000", Next());
        await daemon.WaitForExitAsync();

        string Next()
        {
            var datagram = new byte[64];
            return System.Text.Encoding.UTF8.GetString(datagram, 0, manager.Receive(datagram));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_service_manager_that_is_gone_or_deaf_keeps_nobody_from_serving_and_stopping(bool isThere)
    {
        using var temporary = new TemporaryFolder();
        await using var vault = await VaultFixture.CreateAsync();
        using Socket manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified), other = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        var address = Path.Join(temporary.Path, "notify");
        if (isThere)
        {
            manager.Bind(new UnixDomainSocketEndPoint(address));
            other.Connect(new UnixDomainSocketEndPoint(address));
            other.Blocking = false;
            SocketError said;
            do
            {
                other.Send("nobody reads this"u8, SocketFlags.None, out said);
            }
            while (said == SocketError.Success);

            Assert.Equal(SocketError.WouldBlock, said);
        }

        using var daemon = await StartAsync(vault, temporary.Path, ("NOTIFY_SOCKET", address));
        Process.Start("kill", ["-TERM", daemon.Id.ToString(CultureInfo.InvariantCulture)]).Dispose();
        await daemon.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token);
        Assert.Equal(0, daemon.ExitCode);
    }

    [Fact]
    public async Task SIGTERM_ends_it_properly()
    {
        using var temporary = new TemporaryFolder();
        await using var vault = await VaultFixture.CreateAsync();
        using var daemon = await StartAsync(vault, temporary.Path);
        var wire = await vault.SignInAsync();
        await wire.CallAsync("list");

        Process.Start("kill", ["-TERM", daemon.Id.ToString(CultureInfo.InvariantCulture)]).Dispose();
        await daemon.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token);

        Assert.Equal(0, daemon.ExitCode);
        Assert.True(await wire.IsClosedAsync());
        Assert.False(File.Exists(vault.Socket));
        await using var next = await vault.StartAsync();
    }

    [Fact]
    public async Task After_kill_9_the_next_one_starts()
    {
        using var temporary = new TemporaryFolder();
        await using var vault = await VaultFixture.CreateAsync();
        using var daemon = await StartAsync(vault, temporary.Path);

        daemon.Kill();
        await daemon.WaitForExitAsync();

        Assert.True(File.Exists(vault.Socket));
        await using var next = await vault.StartAsync();
        await (await vault.SignInAsync()).CallAsync("list");
    }

    [Fact]
    public async Task Its_log_names_requests_and_no_secrets()
    {
        using var temporary = new TemporaryFolder();
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{"log_level":"debug"}""");
        using var daemon = await StartAsync(vault, temporary.Path);
        var wire = await vault.SignInAsync();
        await wire.CallAsync("retrieve", """{"path":"app/api_key"}""");
        await wire.CallAsync("use", """{"path":"app/api_key","operation":"sign","params":{"data":"CANARY-data"}}""");
        await using var api = await vault.OperatorAsync();
        await api.StoreAsync(new Daemon.Admin.StoreRequest("app/x", "CANARY-stored"u8.ToArray()));

        Process.Start("kill", ["-TERM", daemon.Id.ToString(CultureInfo.InvariantCulture)]).Dispose();
        var log = await daemon.StandardError.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(2));

        Assert.Matches("request [0-9A-Z]+-4 use: OK", log);
        Assert.Contains("listening: vault", log, StringComparison.Ordinal);
        Assert.DoesNotContain("CANARY", log, StringComparison.Ordinal);
        Assert.DoesNotContain(VaultFixture.Passphrase, log, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(VaultFixture.ApiKey)), log, StringComparison.Ordinal);
    }

    private static async Task<Process> StartAsync(VaultFixture vault, string temporary, params (string Name, string Value)[] environment)
    {
        var info = Info(temporary, Path.Join(AppContext.BaseDirectory, "Sanctum.Daemon.Process.dll"), vault.Folder, VaultFixture.Passphrase);
        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }

        var daemon = Process.Start(info)!;
        var said = await daemon.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(2));
        if (said != "ready")
        {
            Assert.Fail($"the daemon did not start: {await daemon.StandardError.ReadToEndAsync()}");
        }

        return daemon;
    }

    private static ProcessStartInfo Info(string temporary, params string[] arguments)
    {
        var info = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment["TMPDIR"] = temporary;
        info.Environment.Remove("DOTNET_EnableDiagnostics");
        return info;
    }

    private static Task<string> LimitsAsync(Process process) => File.ReadAllTextAsync($"/proc/{process.Id}/limits");
}
