using System.Text.Json;
using Sanctum.Storage.Sqlite;

namespace Sanctum.Cli.Tests;

/// <summary>Several commands at once, each in a process of its own, on one vault.</summary>
public sealed class TurnTests : IAsyncLifetime
{
    // None of this is about how fast the machine is.
    private const string Patient = "--timeout 3600";

    private readonly CliFolder _folder = new();

    public async ValueTask InitializeAsync() => await _folder.MakeVaultAsync();

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Theory]
    [InlineData(8, false)]
    [InlineData(16, false)]
    [InlineData(8, true)]
    [InlineData(16, true)]
    public async Task All_of_them_succeed_with_and_without_a_daemon(int count, bool withDaemon)
    {
        if (withDaemon)
        {
            await _folder.DoAsync("daemon start");
        }

        await Task.WhenAll(Enumerable.Range(0, count).Select(number => number % 2 == 0
            ? _folder.DoAsync($"store k/{number} {Patient}", "a value")
            : _folder.DoAsync($"list {Patient}")));

        Assert.Equal(count / 2, await CountAsync());
    }

    [Fact]
    public async Task A_daemon_that_starts_among_them_takes_its_turn_and_is_asked_from_then_on()
    {
        await Task.WhenAll(Enumerable.Range(0, 6).Select(number => _folder.DoAsync($"store k/{number} {Patient}", "a value")).Append(_folder.DoAsync($"daemon start {Patient}")));

        Assert.Equal(6, await CountAsync());
        await _folder.DoAsync("daemon status");
    }

    [Fact]
    public async Task One_of_several_commands_makes_the_vault_and_the_others_say_that_there_is_one()
    {
        Directory.Delete(_folder.Vault, recursive: true);

        var all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _folder.RunAsync($"init {Patient}")));

        Assert.Single(all, it => it.ExitCode == 0);
        Assert.Equal(3, all.Count(it => it.ExitCode == 1 && it.Errors.Contains("already", StringComparison.Ordinal)));
        await _folder.DoAsync("list");
    }

    [Theory]
    [InlineData("list")]
    [InlineData("store a/b")]
    [InlineData("backup saved")]
    [InlineData("daemon start")]
    [InlineData("daemon start --foreground")]
    public async Task A_vault_that_is_held_for_good_ends_the_wait_and_the_error_says_by_whom(string command)
    {
        await using var holder = await SqliteVaultStore.OpenAsync(_folder.Vault);

        var result = await _folder.RunAsync($"{command} --timeout 1 --json", "a value");

        var error = JsonDocument.Parse(result.Errors).RootElement.GetProperty("error");
        Assert.Equal((1, "IN_USE"), (result.ExitCode, error.GetProperty("code").GetString()));
        Assert.Equal($"process {Environment.ProcessId} has this vault open, and still had it after 1 s", error.GetProperty("message").GetString());
        Assert.Contains("--timeout", error.GetProperty("hint").GetString(), StringComparison.Ordinal);
    }

    private async Task<int> CountAsync() => (await _folder.JsonAsync("list")).GetProperty("credentials").GetArrayLength();
}
