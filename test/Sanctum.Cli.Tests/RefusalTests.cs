namespace Sanctum.Cli.Tests;

/// <summary>Refusals change nothing, so that one vault will do for all of them.</summary>
public sealed class RefusalTests(RefusalTests.OneVault vault) : IClassFixture<RefusalTests.OneVault>
{
    // Of the values that stand in these command lines.
    private const string Warning = "warning: a value given with --value is in the shell's history and in the list of processes; better type it when asked, or pipe it in\n";

    [Theory]
    [InlineData("get a/b", 1)]
    [InlineData("remove a/b", 1)]
    [InlineData("get ../b", 2)]
    [InlineData("get -odd", 2)]
    [InlineData("agent remove nobody", 1)]
    [InlineData("agent register not/a/name", 2)]
    [InlineData("agent register a --public-key 00", 2)]
    [InlineData("agent register a --protect --public-key 00", 2)]
    [InlineData("policy remove nothing", 1)]
    [InlineData("policy add p --principal bot --resources a --actions use", 2)]
    [InlineData("policy add p --principal agent:bot --resources a --actions us", 2)]
    [InlineData("policy add p --principal agent:bot --resources a,,b --actions use", 2)]
    [InlineData("policy add p --principal agent:bot --resources a --actions use --condition colour=red", 2)]
    [InlineData("policy simulate --agent bot --resource a --action fly", 2)]
    [InlineData("policy simulate --agent bot --resource a --action use --method GET", 2)]
    [InlineData("policy simulate --agent bot --resource a --action retrieve --url https://api.example.com/", 2)]
    [InlineData("policy simulate --agent bot --resource a --action use --operation sign --url https://api.example.com/", 2)]
    [InlineData("policy simulate --agent bot --resource a --action use --url api.example.com", 2)]
    [InlineData("policy simulate --agent bot --resource api.example.com --action connect", 2)]
    [InlineData("policy simulate --agent bot --resource host:api.example.com --action use", 2)]
    [InlineData("policy simulate --agent bot --resource host:api.example.com --action connect --url https://api.example.com/", 2)]
    [InlineData("policy simulate --agent bot --resource host:*.example.com --action connect", 2)]
    [InlineData("policy simulate --agent bot --resource a --action use --url https://api.example.com/ --method get", 2)]
    [InlineData("policy add p --principal agent:bot --resources a --actions use --condition allowed_methods=get", 2)]
    [InlineData("policy add p --principal agent:bot --resources a --actions use --condition allowed_paths=v1", 2)]
    [InlineData("store a/b --value secret-value --service nothing", 1)]
    [InlineData("store a/b --value secret-value --service openai --user me", 2)]
    [InlineData("store a/b --value secret-value --user me", 2)]
    [InlineData("store a/b --value secret-value --service jira --host a.example --user me --header-type bearer", 2)]
    [InlineData("store a/b --value secret-value --host https://api.example.com", 2)]
    [InlineData("store a/b --value secret-value --host API.example.com", 2)]
    [InlineData("store a/b --value secret-value --allow-origin 127.0.0.1:8080", 2)]
    [InlineData("store a/b --value secret-value --allow-origin http://127.0.0.1:8080/", 2)]
    [InlineData("store a/b --value secret-value --method get", 2)]
    [InlineData("store a/b --value secret-value --method TRACE", 2)]
    [InlineData("store a/b --value secret-value --request-path v1", 2)]
    [InlineData("store a/b --value secret-value --header-type cookie", 2)]
    [InlineData("store a/b --value secret-value --header-type custom:Host", 2)]
    [InlineData("store a/b --value secret-value --header-type aws_sigv4:eu-central-1", 2)]
    [InlineData("store a/b --value secret-value --jwt-claim iss", 2)]
    [InlineData("store a/b --value secret-value --jwt-claim =x", 2)]
    [InlineData("store a/b --value secret-value --jwt-claim iss=x --jwt-claim iss=y", 2)]
    [InlineData("store a/b --value secret-value --jwt-claim exp=1", 2)]
    [InlineData("store a/b --value secret-value --jwt-allow iat", 2)]
    [InlineData("store a/b --value secret-value --jwt-max-lifetime soon", 2)]
    [InlineData("store a/b --value secret-value --jwt-max-lifetime 0", 2)]
    [InlineData("store a/b --value secret-value --jwt-max-lifetime 86401", 2)]
    [InlineData("service show nothing", 1)]
    [InlineData("lease revoke", 2)]
    [InlineData("lease revoke id --all", 2)]
    [InlineData("audit log --last 0", 2)]
    [InlineData("audit log --since tomorrow", 2)]
    [InlineData("audit log --until tomorrow", 2)]
    [InlineData("audit log --action credential.stroe", 2)]
    [InlineData("audit log --action foo", 2)]
    [InlineData("audit log --agent nobody", 1)]
    [InlineData("approval approve id --for ever", 2)]
    [InlineData("restore nowhere --vault-path elsewhere", 2)]
    [InlineData("daemon status", 4)]
    [InlineData("daemon stop", 4)]
    [InlineData("seal", 4)]
    [InlineData("unseal", 4)]
    [InlineData("login", 4)]
    [InlineData("list --vault-path nowhere", 1)]
    [InlineData("daemon start --tcp 0.0.0.0:8200", 2)]
    [InlineData("daemon start --tcp example.com:8200", 2)]
    [InlineData("daemon start --proxy 0.0.0.0:8200", 2)]
    [InlineData("daemon start --http 127.0.0.1", 2)]
    public async Task A_refusal_has_its_exit_code_one_lower_case_line_and_nothing_on_stdout(string command, int exitCode)
    {
        var result = await vault.Folder.RunAsync(command);
        var lines = result.Errors.Replace(Warning, "", StringComparison.Ordinal).TrimEnd('\n').Split('\n');

        Assert.Equal((exitCode, ""), (result.ExitCode, result.Output));
        Assert.Matches("^sanctum: [^A-Z]", lines[0]);
        Assert.True(lines.Length == 1 || (lines.Length == 2 && lines[1].StartsWith("hint: ", StringComparison.Ordinal)), result.Errors);
    }

    [Theory]
    [InlineData("get sk_canary!1")]
    [InlineData("get /sk-canary")]
    [InlineData("remove sk_canary!1")]
    [InlineData("store sk_canary!1 --value v")]
    [InlineData("agent register sk.canary")]
    [InlineData("agent remove sk.canary")]
    [InlineData("policy add p --principal sk-canary --resources a --actions use")]
    [InlineData("policy add p --principal agent:a --resources sk_canary! --actions use")]
    [InlineData("policy add p --principal agent:a --resources a --actions sk-canary")]
    [InlineData("policy add p --principal agent:a --resources a --actions use --condition sk-canary=x")]
    [InlineData("policy add p --principal agent:a --resources a --actions use --condition time_window=sk-canary")]
    [InlineData("policy simulate --agent sk.canary --resource a --action use")]
    [InlineData("policy simulate --agent a --resource sk_canary! --action use")]
    [InlineData("policy simulate --agent a --resource a --action sk-canary")]
    [InlineData("policy simulate --agent a --resource a --action use --url sk-canary")]
    [InlineData("store a/b --value v --host sk_canary!")]
    [InlineData("store a/b --value v --header-type sk-canary")]
    [InlineData("store a/b --value v --type SK-canary")]
    [InlineData("store a/b --value v --service sk-canary")]
    [InlineData("store a/b --value v --jwt-claim sk-canary")]
    [InlineData("store a/b --value v --clear sk-canary")]
    [InlineData("audit log --last sk-canary")]
    [InlineData("audit log --since sk-canary")]
    [InlineData("audit log --until sk-canary")]
    [InlineData("audit log --action sk-canary")]
    [InlineData("audit log --agent sk-canary")]
    [InlineData("approval approve sk-canary")]
    [InlineData("approval deny sk-canary")]
    [InlineData("approval approve a --for sk-canary")]
    [InlineData("lease revoke sk-canary")]
    [InlineData("daemon start --tcp sk-canary")]
    [InlineData("service show sk-canary")]
    [InlineData("list --timeout sk-canary")]
    public async Task What_is_no_name_is_not_repeated_for_it_may_be_a_secret_that_was_pasted(string command)
    {
        var result = await vault.Folder.RunAsync($"{command} --verbose");

        Assert.NotEqual(0, result.ExitCode);
        Assert.DoesNotContain("canary", result.Output + result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("store a/b --value secret-value --host https://api.example.com", "see 'sanctum store --help'")]
    [InlineData("policy simulate --agent bot --resource a/* --action use", "see 'sanctum policy simulate --help'")]
    [InlineData("agent register not/a/name", "see 'sanctum agent register --help'")]
    [InlineData("get a/b", "list them: sanctum list")]
    [InlineData("approval deny none", "list waiting calls: sanctum approval list; a call waits until it is decided, for 15 minutes at most, or until the vault is sealed")]
    public async Task A_hint_is_about_what_was_typed_and_for_an_operator(string command, string hint) =>
        Assert.EndsWith($"hint: {hint}\n", (await vault.Folder.RunAsync(command)).Errors, StringComparison.Ordinal);

    [Fact]
    public async Task A_simulation_about_what_is_not_there_says_so()
    {
        var result = await vault.Folder.RunAsync("policy simulate --agent nobody --resource no/where --action use");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal("note: there is no agent 'nobody'\nnote: there is no credential at 'no/where'\n", result.Errors);
    }

    public sealed class OneVault : IAsyncLifetime
    {
        public CliFolder Folder { get; } = new();

        public async ValueTask InitializeAsync() => await Folder.MakeVaultAsync();

        public ValueTask DisposeAsync() => Folder.DisposeAsync();
    }
}
