using System.Diagnostics;
using System.Text;
using Sanctum.Tests;

namespace Sanctum.Cli.Tests.Runs;

/// <summary><c>sanctum run</c>, with real programs and the real proxy.</summary>
public sealed class RunCommandTests(RunVault vault) : IClassFixture<RunVault>
{
    private const string Everywhere = "export NO_PROXY= no_proxy=; ";

    [Theory]
    [InlineData("curl -sS --http1.1 -H \"Authorization: Bearer $OPENAI_API_KEY\" {0}")]
    [InlineData("curl -sS --http2 -H \"Authorization: Bearer $OPENAI_API_KEY\" {0}")]
    [InlineData("wget -q -O - --header \"Authorization: Bearer $OPENAI_API_KEY\" {0}")]
    [InlineData("python3 -c 'import os, urllib.request as u; print(u.urlopen(u.Request(\"{0}\", headers={{\"Authorization\": \"Bearer \" + os.environ[\"OPENAI_API_KEY\"]}})).read().decode())'")]
    public async Task A_program_sends_the_secret_that_it_does_not_see(string program)
    {
        var target = $"/echo/headers?{Guid.NewGuid():N}";
        var name = program.Split(' ')[0];
        Assert.SkipUnless(new[] { "/usr/bin", "/bin", "/usr/local/bin" }.Any(folder => File.Exists(Path.Join(folder, name))), $"there is no {name} here");

        var result = await vault.RunAsync(Everywhere + string.Format(System.Globalization.CultureInfo.InvariantCulture, program, vault.Origin + target));

        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        Assert.Contains("Bearer [REDACTED]", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(RunVault.Secret, result.Output + result.Errors, StringComparison.Ordinal);
        var sent = Assert.Single(vault.Service.Requests, it => it.Target == target);
        Assert.Contains(sent.Headers, it => it.Value == $"Bearer {RunVault.Secret}");
    }

    [Fact]
    public async Task Where_no_credential_is_named_the_one_that_is_bound_to_the_host_is_used()
    {
        var result = await vault.RunAsync(Everywhere + $"curl -sS -o /dev/null -w '%{{http_code}}' {vault.Origin}/ok/unnamed", ["--quiet"]);
        Assert.Equal("200", result.Output);
        var sent = vault.Service.Requests.Last(request => request.Target == "/ok/unnamed");
        Assert.Equal($"Bearer {RunVault.Secret}", sent["Authorization"]);
    }

    [Fact]
    public async Task Java_which_can_not_send_the_token_does_too()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/javac"), "there is no Java compiler here");
        var source = vault.Folder.Write("Ask.java", """
            import java.net.*;
            public class Ask {
              public static void main(String[] a) throws Exception {
                var c = (HttpURLConnection) new URL(a[0]).openConnection();
                c.setRequestProperty("Authorization", "Bearer " + System.getenv("OPENAI_API_KEY"));
                System.out.println(new String(c.getInputStream().readAllBytes()));
              }
            }
            """);

        var result = await vault.RunAsync($"java -Dhttp.nonProxyHosts= {source} {vault.Origin}/echo/headers?java");

        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        Assert.Contains(Assert.Single(vault.Service.Requests, it => it.Target == "/echo/headers?java").Headers, it => it.Value == $"Bearer {RunVault.Secret}");
    }

    // What wget would have read is read for it.
    [Fact]
    public async Task A_named_pipe_as_wgets_file_is_refused_by_name_and_keeps_nobody()
    {
        var pipe = Path.Join(vault.Folder.Home, "wgetrc-pipe");
        Assert.Equal(0, (await CliProcess.RunAsync([pipe], vault.Environment(), program: "/usr/bin/mkfifo")).ExitCode);
        var result = await vault.RunAsync("echo never run", null, null, ("WGETRC", pipe)).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"{pipe} is a named pipe, not a regular file", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("never run", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_environment_has_placeholders_and_nothing_of_the_operators()
    {
        var result = await vault.RunAsync(
            "cat /proc/self/environ", ["--service", "openai", "--env", "MY_KEY=openai/api_key"], null,
            ("OPENAI_API_KEY", "real-key-of-somebody"), ("SANCTUM_TOKEN", "operators-token"), ("https_proxy", "http://elsewhere:1"), ("KEPT", "yes"), ("ALSO_KEY", "sanctum://openai/api_key"));

        var environment = result.Output.Split('\0').Where(it => it.Contains('=', StringComparison.Ordinal)).ToDictionary(it => it.Split('=')[0], it => it[(it.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        Assert.Equal("yes", environment["KEPT"]);
        Assert.Equal(environment["OPENAI_API_KEY"], environment["MY_KEY"]);
        Assert.Equal(environment["OPENAI_API_KEY"], environment["ALSO_KEY"]);
        Assert.StartsWith("sk-", environment["MY_KEY"], StringComparison.Ordinal);
        Assert.DoesNotContain("real-key-of-somebody", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("operators-token", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("elsewhere", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(RunVault.Secret, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_says_at_the_end_where_its_program_was_refused_and_what_would_allow_it()
    {
        const string script = "curl -s https://elsewhere.example/ https://elsewhere.example/again https://odd.example:8443/; exit 3";
        var result = await vault.RunAsync(script);

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("warning: the program was refused 2 hosts; the vault's operator can allow each:\n", result.Errors, StringComparison.Ordinal);
        var lines = result.Errors.Split('\n').Where(line => line.StartsWith("  sanctum policy add ", StringComparison.Ordinal)).ToList();
        Assert.Equal(["'host:elsewhere.example'", "'host:odd.example:8443'"], lines.Select(line => line.Split(' ').First(word => word.StartsWith("'host:", StringComparison.Ordinal))));

        // The line does what it says.
        await vault.Folder.DoAsync(lines[0].Trim()["sanctum ".Length..].Replace("'", "", StringComparison.Ordinal));
        Assert.DoesNotContain("elsewhere", (await vault.RunAsync(script)).Errors, StringComparison.Ordinal);
        await vault.Folder.DoAsync($"policy remove {lines[0].Trim().Split(' ')[3]}");
    }

    [Fact]
    public async Task It_says_nothing_at_the_end_where_nothing_was_refused_or_quiet_is_wanted()
    {
        Assert.Empty((await vault.RunAsync("true")).Errors);
        Assert.Empty((await vault.RunAsync("curl -s https://elsewhere.example/; true", ["--quiet"])).Errors);
    }

    [Fact]
    public async Task What_import_has_written_is_understood()
    {
        var file = vault.Folder.Write("references", "export A_KEY=sanctum://openai/api_key # a\nPORT=\"80 80\"\nB=${A_KEY}\n");

        var result = await vault.RunAsync("echo \"$A_KEY|$PORT|$B\"", ["--env-file", file]);

        Assert.Matches("^sk-[A-Za-z0-9]+\\|80 80\\|\n$", result.Output);
        Assert.Contains("line 3 of --env-file was left out: it refers to another variable", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exit 7", 7)]
    [InlineData("kill -KILL $$", 137)]
    public async Task The_exit_code_is_the_programs(string script, int exitCode) => Assert.Equal(exitCode, (await vault.RunAsync(script)).ExitCode);

    [Fact]
    public async Task Streams_are_the_programs_byte_for_byte()
    {
        byte[] input = [0, 0xFF, 10, 13, 0x1B];

        var result = await vault.RunAsync("cat; echo errors >&2", null, input);

        Assert.Equal(input, result.OutputBytes);
        Assert.Equal("errors\n", result.Errors);
    }

    [Fact]
    public async Task Its_arguments_are_passed_on_as_they_are()
    {
        var result = await CliProcess.RunAsync(["run", "--", "/usr/bin/printf", "%s|", "--agent", "", "a b", "-x", "--", "é"], vault.Environment());

        Assert.Equal((0, "--agent||a b|-x|--|é|"), (result.ExitCode, result.Output));
    }

    [Theory]
    [InlineData("TERM", "terminated")]
    [InlineData("HUP", "hung up")]
    public async Task A_signal_to_the_run_reaches_the_program(string signal, string said)
    {
        using var run = Start("trap 'echo terminated; exit 3' TERM; trap 'echo hung up; exit 3' HUP; echo ready; while true; do sleep 0.1; done");
        Assert.Equal("ready", await run.StandardOutput.ReadLineAsync());

        await SignalAsync(signal, run.Id);

        Assert.Equal(said, await run.StandardOutput.ReadLineAsync());
        await run.WaitForExitAsync();
        Assert.Equal(3, run.ExitCode);
    }

    [Fact]
    public async Task Ctrl_C_and_quit_are_for_the_program_alone()
    {
        using var run = Start("echo ready; read line; echo $line");
        Assert.Equal("ready", await run.StandardOutput.ReadLineAsync());

        await SignalAsync("INT", run.Id);
        await SignalAsync("QUIT", run.Id);
        await run.StandardInput.WriteLineAsync("still here");

        Assert.Equal("still here", await run.StandardOutput.ReadLineAsync());
        await run.WaitForExitAsync();
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public async Task On_a_terminal_Ctrl_C_reaches_the_program_and_no_escape_sequence_is_written()
    {
        var seen = await CliProcess.TalkAsync("run -- /bin/bash -c 'trap \"echo got it; exit 5\" INT; echo ready; while true; do sleep 0.1; done'", vault.Environment(("TERM", "xterm-256color")), ("ready\r\n", "\u0003"));

        Assert.Contains("got it", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_nohup_has_ignored_stays_ignored()
    {
        var result = await CliProcess.RunAsync(
            ["-c", $"trap '' HUP; exec {CliProcess.Path} run -- grep SigIgn /proc/self/status"], vault.Environment(), program: "/bin/sh");

        Assert.Equal(1, Convert.ToInt64(result.Output.Split('\t')[1].Trim(), 16) & 1);
    }

    [Fact]
    public async Task The_folder_is_gone_afterwards_and_that_of_a_killed_run_after_the_next()
    {
        var folder = (await vault.RunAsync("dirname $SSL_CERT_FILE")).Output.Trim();
        Assert.StartsWith(vault.Folder.Home + "/sanctum-run-", folder, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));

        using var killed = Start("dirname $SSL_CERT_FILE; exec sleep 300");
        var left = (await killed.StandardOutput.ReadLineAsync())!;
        var child = ChildProcesses.Of(killed.Id).First();
        killed.Kill();
        await killed.WaitForExitAsync();
        Assert.True(Directory.Exists(left));

        await vault.RunAsync("true");
        Assert.False(Directory.Exists(left));
        await SignalAsync("KILL", child);
    }

    [Fact]
    public async Task The_token_is_worth_nothing_once_the_run_has_ended()
    {
        var url = (await vault.RunAsync("echo $HTTPS_PROXY")).Output.Trim();
        using var other = Start("echo $HTTPS_PROXY; read line");
        var port = new Uri((await other.StandardOutput.ReadLineAsync())!).Port;

        var tried = await CliProcess.RunAsync(["-sS", "-o", "/dev/null", "-w", "%{http_connect}", "-x", $"http://{new Uri(url).UserInfo}@127.0.0.1:{port}", vault.Origin + "/ok/stolen"], new Dictionary<string, string>(), program: "/usr/bin/curl");
        var bare = await CliProcess.RunAsync(["-sS", "-o", "/dev/null", "-w", "%{http_connect}", "-x", $"http://127.0.0.1:{port}", vault.Origin + "/ok/stolen"], new Dictionary<string, string>(), program: "/usr/bin/curl");

        Assert.Equal(("407", "407"), (tried.Output, bare.Output));
        Assert.DoesNotContain(vault.Service.Requests, it => it.Target == "/ok/stolen");
        await other.StandardInput.WriteLineAsync();
        await other.WaitForExitAsync();
    }

    [Fact]
    public async Task A_run_goes_on_when_its_session_has_expired()
    {
        var result = await vault.RunAsync(Everywhere + $"for i in 1 2 3 4 5 6; do curl -sS -o /dev/null -w '%{{http_code}} ' {vault.Origin}/ok/long; sleep 5; done");

        Assert.Equal("200 200 200 200 200 200 ", result.Output);
    }

    [Theory]
    [InlineData("run --service openai", 2, "needs COMMAND")]
    [InlineData("run curl -s https://example.com", 2, "no such option")]
    [InlineData("run --service none -- true", 1, "there is no such service")]
    [InlineData("run --service anthropic -- true", 1, "the agent sees no credential whose path names 'anthropic'")]
    [InlineData("run --key /none/bot.key -- true", 1, "name its key file")]
    [InlineData("run --env A=none/there -- true", 1, "none/there")]
    [InlineData("run --env A=../b -- true", 2, "--env has an invalid value")]
    [InlineData("run --env-file /none -- true", 2, "--env-file does not exist")]
    [InlineData("run --json -- true", 2, "no JSON output")]
    [InlineData("run --socket /none -- true", 4, "can't be reached")]
    [InlineData("run -- /none/such", 127, "there is no program '/none/such'")]
    public async Task What_can_not_run_is_refused_before_it_starts(string command, int exitCode, string error)
    {
        var refused = await CliProcess.RunAsync(command.Split(' '), vault.Environment());

        Assert.Equal((exitCode, ""), (refused.ExitCode, refused.Output));
        Assert.Contains(error, refused.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(vault.Folder.Home, "sanctum-run-none*"));
    }

    [Fact]
    public async Task A_service_with_several_credentials_requires_that_one_is_named()
    {
        await vault.Folder.DoAsync($"store shop/openai_key --allow-origin {vault.Origin}", "sk-live-ffffffffffffffffffffffff");
        await vault.Folder.DoAsync("agent register chooser");
        await vault.Folder.DoAsync("policy add chooser --principal agent:chooser --resources openai/*,shop/* --actions use");

        var refused = await CliProcess.RunAsync(["run", "--agent", "chooser", "--service", "openai", "--", "/bin/true"], vault.Environment());
        var named = await CliProcess.RunAsync(["run", "--agent", "chooser", "--service", "openai=shop/openai_key", "--", "/bin/true"], vault.Environment());

        Assert.Equal((2, 0), (refused.ExitCode, named.ExitCode));
        Assert.Contains("several credentials could be for 'openai': openai/api_key, shop/openai_key", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_folder_for_its_files_it_says_which_variable_names_one()
    {
        var refused = await CliProcess.RunAsync(["run", "--", "/bin/true"], vault.Environment(("TMPDIR", "/none"), ("XDG_RUNTIME_DIR", "")));

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("no folder can be made in /none", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("TMPDIR", refused.Errors, StringComparison.Ordinal);
    }

    private Process Start(string script)
    {
        var start = new ProcessStartInfo(CliProcess.Path, ["run", "--service", "openai", "--", "/bin/bash", "-c", script]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment.Clear();
        foreach (var (name, value) in vault.Environment())
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static Task SignalAsync(string signal, int process) => CliProcess.RunAsync([$"-{signal}", $"{process}"], new Dictionary<string, string>(), program: "/bin/kill");
}
