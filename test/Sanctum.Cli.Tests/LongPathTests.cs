using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Sanctum.Client;

namespace Sanctum.Cli.Tests;

/// <summary>Folders whose sockets' paths do not fit an address, which has 107 bytes: with a real daemon, the command line and the .NET client.</summary>
public sealed class LongPathTests : IAsyncDisposable
{
    private readonly CliFolder _folder = new();

    [Theory]
    [InlineData(96, false)]
    [InlineData(97, true)]
    [InlineData(98, true)]
    [InlineData(108, true)]
    [InlineData(240, true)]
    [InlineData(495, true)]
    public async Task A_vault_may_lie_at_any_path(int bytes, bool isLong)
    {
        var vault = await MakeAsync(bytes);
        var started = await JsonAsync(vault, "daemon start");
        await DoAsync(vault, "store a/b", "the value");
        await DoAsync(vault, "agent register worker");
        await DoAsync(vault, "policy add p --principal agent:worker --resources a/* --actions retrieve");

        await using var client = await SanctumClient.ConnectAsync("worker", new SanctumClientOptions { SocketPath = Path.Join(vault, "vault.sock"), KeyDirectory = Path.Join(vault, "keys") });
        Assert.Equal("the value", await client.RetrieveAsync("a/b"));

        var warnings = started.GetProperty("daemon").GetProperty("warnings").EnumerateArray().Select(it => it.GetString()!).ToList();
        Assert.Equal(isLong, warnings.Exists(it => it.Contains("--socket", StringComparison.Ordinal)));
        await DoAsync(vault, "daemon stop");
        Assert.Empty(Directory.GetFiles(vault, "*.sock"));
        await DoAsync(vault, "daemon start");
        await DoAsync(vault, "daemon stop");
    }

    [Fact]
    public async Task A_path_that_SQLite_does_not_take_is_refused_when_the_vault_is_made()
    {
        var made = await RunAsync(Path.Join(_folder.Home, new string('x', 200), new string('y', 200), new string('z', 200)), "init");

        Assert.Equal(1, made.ExitCode);
        Assert.Contains("SQLite takes at most 495", made.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(_folder.Home));
    }

    [Fact]
    public async Task What_a_killed_daemon_left_there_is_cleared_away()
    {
        var vault = await MakeAsync(200);
        var daemon = (await JsonAsync(vault, "daemon start")).GetProperty("daemon").GetProperty("process_id").GetInt32();
        using (var process = System.Diagnostics.Process.GetProcessById(daemon))
        {
            process.Kill();
        }

        Assert.Equal(3, Directory.GetFiles(vault, "*.sock").Length);
        await DoAsync(vault, "daemon start");
        await DoAsync(vault, "daemon stop");
        Assert.Empty(Directory.GetFiles(vault, "*.sock"));
    }

    [Fact]
    public async Task With_a_short_socket_for_agents_every_client_connects_and_nothing_is_warned_of()
    {
        var vault = await MakeAsync(200);
        var shortSocket = Path.Join(_folder.Home, "agents.sock");

        var started = await JsonAsync(vault, $"daemon start --socket {shortSocket}");

        Assert.Empty(started.GetProperty("daemon").GetProperty("warnings").EnumerateArray());
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(shortSocket));
        }

        await DoAsync(vault, "daemon stop");
        Assert.False(File.Exists(shortSocket));
    }

    [Fact]
    public async Task A_name_that_does_not_fit_either_is_refused_with_a_word_why()
    {
        var vault = await MakeAsync(108);

        var result = await RunAsync(vault, $"daemon start --socket {Path.Join(_folder.Home, new string('n', 101))}");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("107 bytes", result.Errors, StringComparison.Ordinal);
        Assert.Contains("--socket", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_no_daemon_runs_the_client_says_so_of_a_long_path_as_of_a_short_one()
    {
        var vault = await MakeAsync(200);
        await DoAsync(vault, "agent register worker");
        await using var client = new SanctumClient("worker", new SanctumClientOptions { SocketPath = Path.Join(vault, "vault.sock"), KeyDirectory = Path.Join(vault, "keys") });
        await using var nowhere = new SanctumClient("worker", new SanctumClientOptions { SocketPath = Path.Join(vault, "none", "vault.sock"), KeyDirectory = Path.Join(vault, "keys") });

        Assert.Contains("the socket does not exist", (await Assert.ThrowsAsync<VaultConnectionException>(() => client.ListAsync())).Message, StringComparison.Ordinal);
        Assert.Contains("the socket does not exist", (await Assert.ThrowsAsync<VaultConnectionException>(() => nowhere.ListAsync())).Message, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    // Of exactly so many bytes, with an é in it: bytes count, and not characters.
    private async Task<string> MakeAsync(int bytes)
    {
        var path = new StringBuilder(_folder.Home).Append("/é");
        while (Encoding.UTF8.GetByteCount(path.ToString()) < bytes)
        {
            var left = bytes - Encoding.UTF8.GetByteCount(path.ToString());
            path.Append(left > 61 ? new string('x', 59) + "/" : new string('y', left));
        }

        var vault = path.ToString();
        Assert.Equal(bytes, Encoding.UTF8.GetByteCount(vault));
        await MadeVault.CopyToAsync(vault);
        return vault;
    }

    private Task<CliResult> RunAsync(string vault, string command, string? input = null) =>
        CliProcess.RunAsync([.. command.Split(' '), "--vault-path", vault], _folder.Environment, input is null ? null : Encoding.UTF8.GetBytes(input));

    private async Task<string> DoAsync(string vault, string command, string? input = null)
    {
        var result = await RunAsync(vault, command, input);
        Assert.True(result.ExitCode == 0, $"sanctum {command}: {result.ExitCode} {result.Errors}");
        return result.Output;
    }

    private async Task<JsonElement> JsonAsync(string vault, string command) => JsonDocument.Parse(await DoAsync(vault, $"{command} --json")).RootElement;
}
