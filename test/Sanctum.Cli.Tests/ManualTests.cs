using System.Diagnostics;

namespace Sanctum.Cli.Tests;

public sealed class ManualTests
{
    [Fact]
    public async Task There_is_a_page_for_each_command_with_every_option_that_the_help_shows()
    {
        await using var folder = new CliFolder();
        var pages = await PagesAsync(folder);
        var all = await HelpOfAll.AllAsync();

        Assert.Equal(
            all.Select(help => help.Command.Replace(' ', '-') + ".1").Order(StringComparer.Ordinal),
            Directory.GetFiles(pages).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (var help in all)
        {
            var page = (await File.ReadAllTextAsync(Path.Join(pages, help.Command.Replace(' ', '-') + ".1"))).Replace(@"\-", "-", StringComparison.Ordinal);
            Assert.All(help.Options, option => Assert.Contains(option, page, StringComparison.Ordinal));
            Assert.All(help.Subcommands, command => Assert.Contains(command, page, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Without_a_folder_the_page_of_sanctum_itself_is_printed()
    {
        await using var folder = new CliFolder();
        var pages = await PagesAsync(folder);
        var printed = await CliProcess.RunAsync(["man"], folder.Environment);
        Assert.Equal(await File.ReadAllTextAsync(Path.Join(pages, "sanctum.1")), printed.Output);
    }

    [Theory]
    [InlineData("/usr/bin/groff", "-man", "-ww", "-z", "-Tutf8")]
    [InlineData("/usr/bin/mandoc", "-Tlint", "-Wwarning")]
    public async Task Formatters_find_nothing_wrong_with_the_pages(string program, params string[] arguments)
    {
        Assert.SkipUnless(File.Exists(program), $"there is no {program} here");
        await using var folder = new CliFolder();
        foreach (var page in Directory.GetFiles(await PagesAsync(folder)))
        {
            // They have no date, so that they are the same each time they are made; they have a version.
            var (_, said) = await RunAsync(program, [.. arguments, page]);
            Assert.DoesNotContain(said.Split('\n'), line => line.Length > 0 && !line.EndsWith("missing date, using \"\": TH", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task What_is_shown_is_what_is_typed()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/groff"), "there is no groff here");
        await using var folder = new CliFolder();
        var (_, shown) = await RunAsync("/usr/bin/groff", ["-man", "-Tutf8", "-P-cbou", Path.Join(await PagesAsync(folder), "sanctum.1")]);
        Assert.Contains("--resources 'openai/*' --actions list,use", shown, StringComparison.Ordinal);
        Assert.Contains("~/.sanctum", shown, StringComparison.Ordinal);
        Assert.Contains(@"--principal agent:helper \", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_can_not_be_written_is_refused()
    {
        await using var folder = new CliFolder();
        var refused = await CliProcess.RunAsync(["man", "/proc/none/here"], folder.Environment);
        Assert.Equal(2, refused.ExitCode);
        Assert.DoesNotContain("   at ", refused.Errors, StringComparison.Ordinal);
    }

    private static async Task<string> PagesAsync(CliFolder folder)
    {
        var pages = Path.Join(folder.Home, "pages");
        var made = await CliProcess.RunAsync(["man", pages], folder.Environment);
        Assert.True(made.ExitCode == 0, made.Errors);
        return pages;
    }

    private static async Task<(int ExitCode, string Said)> RunAsync(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }
}
