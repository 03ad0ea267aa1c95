using System.Text.Json;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Tests;

/// <summary>A hint's command acts on the vault that the hint is about.</summary>
public sealed class HintTests : IAsyncDisposable
{
    private readonly CliFolder _folder = new();

    private string Other => Path.Join(_folder.Home, "it's another");

    private string Option => $"sanctum --vault-path '{Other.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    [Theory]
    [InlineData("list", "init")]
    [InlineData("daemon start", "init")]
    [InlineData("init", "daemon start")]
    [InlineData("init", "store PATH")]
    [InlineData("agent list", "init")]
    [InlineData("start", "daemon start")]
    [InlineData("agent rm", "agent remove")]
    public async Task Without_a_vault_yet_it_names_the_folder(string command, string hint) => Assert.Contains($"{Option} {hint}", (await RunAsync(command)).Errors, StringComparison.Ordinal);

    [Theory]
    [InlineData("list", "store PATH")]
    [InlineData("get a/b", "list")]
    [InlineData("policy list", "policy add NAME")]
    [InlineData("agent list", "agent register NAME")]
    [InlineData("agent register a", "policy add NAME")]
    [InlineData("audit log --agent nobody", "agent list")]
    [InlineData("lease revoke", "lease status")]
    [InlineData("daemon status", "daemon start")]
    [InlineData("login", "daemon start")]
    [InlineData("unseal", "daemon start")]
    [InlineData("service show nothing", "service list")]
    public async Task It_names_the_folder_after_errors_and_after_results_and_in_documents(string command, string hint)
    {
        await MadeVault.CopyToAsync(Other);
        var (text, json) = (await RunAsync(command), await RunAsync($"{command} --json"));

        Assert.Contains($"{Option} {hint}", text.Errors, StringComparison.Ordinal);
        // What was done the first time is refused for another reason the second time.
        if (json.ExitCode == text.ExitCode && json.Errors.Length > 0)
        {
            Assert.Contains($"{Option} {hint}", JsonDocument.Parse(json.Errors).RootElement.GetProperty("error").GetProperty("hint").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_commands_that_a_daemons_start_and_a_login_name_are_about_its_vault()
    {
        await MadeVault.CopyToAsync(Other);
        var started = await RunAsync("daemon start");
        var again = await RunAsync("daemon start");
        var login = await RunAsync("login");
        var show = await RunAsync("service show openai");
        var sealedVault = (await RunAsync("seal"), await RunAsync("list")).Item2;
        var stopped = await RunAsync("daemon stop");

        Assert.Equal((0, 0), (started.ExitCode, stopped.ExitCode));
        Assert.Contains($"{Option} daemon stop", started.Errors, StringComparison.Ordinal);
        Assert.Contains($"{Option} daemon status", again.Errors, StringComparison.Ordinal);
        Assert.Contains($"$({Option} login --bind-session)", login.Errors, StringComparison.Ordinal);
        Assert.Contains($"{Option} store PATH", show.Output, StringComparison.Ordinal);
        Assert.Contains($"{Option} unseal", sealedVault.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hint_that_is_typed_into_a_shell_does_what_it_says()
    {
        var hint = (await RunAsync("list")).Errors;
        var command = hint[hint.IndexOf("sanctum --vault-path", StringComparison.Ordinal)..(hint.IndexOf(" init'", StringComparison.Ordinal) + " init".Length)];

        var made = await CliProcess.RunAsync(["-c", command.Replace("sanctum --", $"{CliProcess.Path} --", StringComparison.Ordinal)], _folder.Environment, program: "/bin/sh");

        Assert.Equal((0, $"created a vault in {Other}\n"), (made.ExitCode, made.Output));
    }

    [Fact]
    public async Task A_folder_of_the_environment_is_not_named_for_it_is_found_again()
    {
        _folder.Environment["SANCTUM_VAULT_PATH"] = Other;

        Assert.Contains("'sanctum init'", (await _folder.RunAsync("list")).Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("start one with 'sanctum daemon start'", "v2", "start one with 'sanctum --vault-path v2 daemon start'")]
    [InlineData("export SANCTUM_TOKEN=$(sanctum login)", "/srv/v", "export SANCTUM_TOKEN=$(sanctum --vault-path /srv/v login)")]
    [InlineData("unseal it first: sanctum unseal", "a b", "unseal it first: sanctum --vault-path 'a b' unseal")]
    [InlineData("'sanctum list', 'sanctum unlock'", "-v", "'sanctum --vault-path=-v list', 'sanctum --vault-path=-v unlock'")]
    [InlineData("sanctum list", "~/v", "sanctum --vault-path '~/v' list")]
    [InlineData("sanctum list", "$(rm -r x)", "sanctum --vault-path '$(rm -r x)' list")]
    [InlineData("see 'sanctum store --help'", "v2", "see 'sanctum store --help'")]
    [InlineData("use the version of sanctum that wrote it", "v2", "use the version of sanctum that wrote it")]
    [InlineData("restore it with 'sanctum restore FILE --vault-path DIR'", "v2", "restore it with 'sanctum restore FILE --vault-path DIR'")]
    [InlineData("try 'sanctum demo'", "v2", "try 'sanctum demo'")]
    [InlineData("'sanctum --vault-path v2 list'", "v2", "'sanctum --vault-path v2 list'")]
    public void Commands_about_the_vault_have_the_option_and_nothing_else_has(string hint, string vault, string shown)
    {
        Assert.Equal(shown, HintText.For(hint, vault));
        Assert.Equal(hint, HintText.For(hint, null));
    }

    [Fact]
    public void What_else_says_which_vault_is_meant_is_repeated_too() => Assert.Equal(
        "list them with 'sanctum --vault-path v2 --address vault.example:8201 --ca 'a b' list'",
        HintText.For("list them with 'sanctum list'", "v2", ("--address", "vault.example:8201"), ("--ca", "a b"), ("--client-cert", null)));

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    private Task<CliResult> RunAsync(string command) => CliProcess.RunAsync([.. command.Split(' '), "--vault-path", Other], _folder.Environment);
}
