using System.Diagnostics;
using System.Text;

namespace Sanctum.Cli.Tests;

/// <summary>The scripts in real shells: what <c>--help</c> shows can be completed.</summary>
public sealed class CompletionTests
{
    private const string Bash = "/bin/bash", Zsh = "/usr/bin/zsh", Fish = "/usr/bin/fish";

    [Fact]
    public async Task Bash_completes_every_command_and_every_option_that_the_help_shows()
    {
        await using var folder = new CliFolder();
        var script = await ScriptAsync(folder, "bash");
        var asked = new StringBuilder($"source {script}\nask() {{ COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _sanctum; printf '%s\\n' \"${{COMPREPLY[@]}}\" =; }}\n");
        var all = await HelpOfAll.AllAsync();
        foreach (var help in all)
        {
            asked.Append($"ask {help.Command} ''\nask {help.Command} --\nask {help.Command} -\n");
        }

        var offered = (await RunAsync(folder, Bash, ["--norc", "-c", asked.ToString()])).Split("=\n").Select(Lines).ToList();

        Assert.Equal((3 * all.Count) + 1, offered.Count);
        foreach (var (help, i) in all.Select((help, i) => (help, 3 * i)))
        {
            Offers(help, help.Subcommands, offered[i]);
            Offers(help, help.Options.Where(name => name.StartsWith("--", StringComparison.Ordinal)), offered[i + 1]);
            Offers(help, help.Options, offered[i + 2]);
        }
    }

    [Theory]
    [InlineData("sanctum daemon --json sta", "start status")]
    [InlineData("sanctum --vault-path daemon st", "store")]
    [InlineData("sanctum unlock --pass", "--passphrase-file")]
    [InlineData("sanctum delete --js", "--json")]
    [InlineData("sanctum backup an-a", "an-archive")]
    [InlineData("sanctum restore an-a", "an-archive")]
    [InlineData("sanctum init --passphrase-file an-", "an-archive an-other")]
    [InlineData("sanctum init --vault-path an-", "an-other")]
    [InlineData("sanctum man an-", "an-other")]
    [InlineData("sanctum completion ", "bash fish zsh")]
    [InlineData("sanctum store open", "")]
    [InlineData("sanctum store a/b --value ", "")]
    [InlineData("sanctum run -- fals", "false")]
    [InlineData("sanctum run --agent -- --iso", "--isolate")]
    [InlineData("sanctum run --agent helper -- cat store an-", "an-archive an-other")]
    [InlineData("sanctum run --isolate -- sh --ver", "")]
    public async Task Bash_knows_where_it_is_on_the_line(string line, string offered)
    {
        await using var folder = new CliFolder();
        var script = await ScriptAsync(folder, "bash");
        await File.WriteAllTextAsync(Path.Join(folder.Home, "an-archive"), "");
        Directory.CreateDirectory(Path.Join(folder.Home, "an-other"));
        var words = line.Split(' ');
        var told = await RunAsync(folder, Bash,
            ["--norc", "-c", $"source {script}; cd {folder.Home}; COMP_WORDS=(\"$@\"); COMP_CWORD={words.Length - 1}; _sanctum; printf '%s\\n' \"${{COMPREPLY[@]}}\"", "bash", .. words]);
        Assert.Equal(offered.Split(' ', StringSplitOptions.RemoveEmptyEntries), Lines(told).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Fish_completes_every_command_and_every_option_that_the_help_shows()
    {
        Assert.SkipUnless(File.Exists(Fish), "there is no fish here");
        await using var folder = new CliFolder();
        var script = await ScriptAsync(folder, "fish");
        var all = await HelpOfAll.AllAsync();
        var asked = $"source {script}\n" + string.Concat(all.Select(help => $"complete -C '{help.Command} '\necho =\ncomplete -C '{help.Command} -'\ncomplete -C '{help.Command} --'\necho =\n"));

        var offered = (await RunAsync(folder, Fish, ["--no-config", "-c", asked])).Split("=\n").Select(text => Lines(text).Select(line => line.Split('\t')[0]).ToList()).ToList();

        foreach (var (help, i) in all.Select((help, i) => (help, 2 * i)))
        {
            Offers(help, help.Subcommands, offered[i]);
            Offers(help, help.Options, offered[i + 1]);
        }
    }

    [Fact]
    public async Task Zsh_completes_every_command_and_every_option_that_the_help_shows()
    {
        Assert.SkipUnless(File.Exists(Zsh), "there is no zsh here");
        await using var folder = new CliFolder();
        var script = await ScriptAsync(folder, "zsh");
        var all = await HelpOfAll.AllAsync();

        // What it hands to zsh; the next test has zsh's own part in it.
        var asked = $$"""
            compdef() { :; }
            _describe() { local array=${@[-1]}; print -l -- ${${(P)array}%%:*}; }
            _files() { :; }
            source {{script}}
            ask() { words=("$@"); CURRENT=$#; _sanctum; print -- =; }

            """ + string.Concat(all.Select(help => $"ask {help.Command} ''\nask {help.Command} -\n"));
        var offered = (await RunAsync(folder, Zsh, ["-f", "-c", asked])).Split("=\n").Select(Lines).ToList();

        foreach (var (help, i) in all.Select((help, i) => (help, 2 * i)))
        {
            Offers(help, help.Subcommands, offered[i]);
            Offers(help, help.Options, offered[i + 1]);
        }
    }

    [Fact]
    public async Task Zsh_completes_what_is_typed_at_its_prompt()
    {
        Assert.SkipUnless(File.Exists(Zsh), "there is no zsh here");
        await using var folder = new CliFolder();
        await ScriptAsync(folder, "zsh", Path.Join(folder.Home, "_sanctum"));
        var typed = $$"""
            zmodload zsh/zpty
            zpty shell 'TERM=dumb zsh -f -i'
            zpty -w shell "PS1='AT''>'; fpath=({{folder.Home}} \$fpath); autoload -U compinit; compinit -u -D; sanctum() { print \"RAN:\$*:\" }"
            zpty -r shell heard '*AT>*'
            zpty -wn shell $'sanctum daemon sto\t--passphrase-f\t\n'
            zpty -r shell heard '*RAN:*:*'
            print -- $heard
            zpty -d shell

            """;
        Assert.Contains("RAN:daemon stop --passphrase-file:", await RunAsync(folder, Zsh, ["-f", "-c", typed]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_shell_is_refused()
    {
        await using var folder = new CliFolder();
        var refused = await CliProcess.RunAsync(["completion", "tcsh"], folder.Environment);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("bash, zsh and fish", refused.Errors, StringComparison.Ordinal);
    }

    private static async Task<string> ScriptAsync(CliFolder folder, string shell, string? path = null)
    {
        var made = await CliProcess.RunAsync(["completion", shell], folder.Environment);
        Assert.True(made.ExitCode == 0, made.Errors);
        path ??= Path.Join(folder.Home, "script");
        await File.WriteAllBytesAsync(path, made.OutputBytes);
        return path;
    }

    private static async Task<string> RunAsync(CliFolder folder, string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder.Home };
        start.Environment["HOME"] = folder.Home;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal("", await errors);
        return output;
    }

    private static List<string> Lines(string text) => [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    private static void Offers(HelpOfAll help, IEnumerable<string> shown, IReadOnlyCollection<string> offered) =>
        Assert.True(!shown.Except(offered).Any(), $"after '{help.Command}' these are missing: {string.Join(' ', shown.Except(offered))}");
}
