using System.Text.Json;

namespace Sanctum.Cli.Tests.Runs;

/// <summary><c>sanctum doctor</c>, with real clients of each runtime that is on this machine.</summary>
public sealed class DoctorTests(RunVault vault) : IClassFixture<RunVault>
{
    [Fact]
    public async Task A_program_that_uses_what_a_run_sets_is_well()
    {
        await BindAsync();
        var result = await DoctorAsync(["--json"], "curl", "-s", "https://anything.example");
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        var document = JsonElement.Parse(result.Output);
        Assert.Equal("curl", document.GetProperty("runtime").GetString());
        var client = Assert.Single(document.GetProperty("clients").EnumerateArray());
        Assert.True(client.GetProperty("uses_proxy").GetBoolean());
        Assert.True(client.GetProperty("trusts_authority").GetBoolean());
    }

    [Theory]
    [InlineData("noproxy = \"*\"", "HTTPS_PROXY", "no")]
    [InlineData("cacert = \"/etc/ssl/certs/ca-certificates.crt\"", "CURL_CA_BUNDLE", "yes")]
    public async Task The_variable_that_a_client_ignores_is_named(string setting, string variable, string usesProxy)
    {
        await BindAsync();
        vault.Folder.Write(".curlrc", setting + "\n");
        try
        {
            var result = await DoctorAsync([], "curl");
            Assert.Equal(1, result.ExitCode);
            Assert.Matches($@"(?m)^curl +{usesProxy} +[a-z ]+ +{variable}", result.Output);
            Assert.Contains("sanctum docs base-urls", result.Errors, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(Path.Join(vault.Folder.Home, ".curlrc"));
        }
    }

    [Fact]
    public async Task A_script_is_examined_by_the_interpreter_in_its_first_line()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "there is no Python here");
        await BindAsync();
        var script = vault.Folder.Write("agent.py", "#!/usr/bin/python3 -u\nprint('never run')\n");
        var result = await DoctorAsync(["--json"], script);
        var document = JsonElement.Parse(result.Output);
        Assert.Equal("python", document.GetProperty("runtime").GetString());
        var urllib = document.GetProperty("clients").EnumerateArray().Single(client => client.GetProperty("client").GetString() == "urllib");
        Assert.True(urllib.GetProperty("uses_proxy").GetBoolean() && urllib.GetProperty("trusts_authority").GetBoolean(), result.Output);
        Assert.DoesNotContain("never run", result.Output, StringComparison.Ordinal);
    }

    // Whether Node.js looks at the variable depends on its version; that it is asked at all does not.
    [Fact]
    public async Task Both_clients_of_node_are_examined()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/node"), "there is no Node.js here");
        var result = await DoctorAsync(["--json"], "node", "app.js");
        Assert.Equal(["https", "fetch"], JsonElement.Parse(result.Output).GetProperty("clients").EnumerateArray().Select(client => client.GetProperty("client").GetString()));
    }

    [Fact]
    public async Task Nothing_is_sent_by_the_vault_and_what_was_refused_is_on_the_record()
    {
        await BindAsync();
        var before = vault.Service.Connections;
        await DoctorAsync([], "curl");
        Assert.Equal(before, vault.Service.Connections);
        var denied = await vault.Folder.DoAsync("audit log --denied --json");
        Assert.Contains("curl-curl.sanctum-doctor.invalid", denied, StringComparison.Ordinal);
        Assert.Contains("doctor.example", denied, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-such-program", 127, "there is no program")]
    [InlineData("/bin/ls", 1, "what runs '/bin/ls' is not known here")]
    public async Task A_program_that_is_missing_or_unknown_is_told(string program, int exitCode, string message)
    {
        var result = await DoctorAsync([], program);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(message, result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_named_pipe_is_no_program_and_keeps_nobody()
    {
        var pipe = Path.Join(vault.Folder.Home, "pipe");
        Assert.Equal(0, (await CliProcess.RunAsync([pipe], vault.Environment(), program: "/usr/bin/mkfifo")).ExitCode);
        var result = await DoctorAsync([], pipe).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"{pipe} is a named pipe, not a regular file", result.Errors, StringComparison.Ordinal);
    }

    private Task<CliResult> DoctorAsync(string[] options, params string[] program) => CliProcess.RunAsync(["doctor", .. options, "--", .. program], vault.Environment());

    // By a name, which nobody looks up: nothing is sent there.
    private Task BindAsync() => vault.Folder.DoAsync($"store openai/doctor_{Guid.NewGuid():n} --host doctor.example", RunVault.Secret);
}
