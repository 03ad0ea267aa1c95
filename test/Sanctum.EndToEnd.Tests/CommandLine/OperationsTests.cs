using System.Diagnostics;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.CommandLine;

/// <summary>The pages of docs/operations.md that are read in a hurry: their commands are run as they stand, in their order.</summary>
public sealed class OperationsTests
{
    [Fact]
    public async Task The_page_on_an_agent_that_was_taken_over_works_from_the_first_command_to_the_last()
    {
        await using var home = await WithAgentAsync();
        using (var agent = await WireClient.ConnectAsync(home.Socket))
        {
            await agent.SignInAsync("helper", home.KeyOf("helper"));
            await agent.DoAsync("retrieve", new() { ["path"] = "openai/api_key" });
            var commands = Commands("## An agent was taken over");
            Assert.Equal("sanctum agent disable helper", commands[0]);
            await RunAsync(home, commands[0]);

            // From the first command on, and before any other.
            Assert.Equal("SESSION_EXPIRED", (string?)(await agent.RefusedAsync("list"))["code"]);
            foreach (var command in commands[1..])
            {
                await RunAsync(home, command);
            }
        }

        Assert.Contains("retrieve", await File.ReadAllTextAsync(Path.Join(home.Directory, "helper.json")), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Join(home.Directory, "after-the-incident.backup")));
    }

    [Fact]
    public async Task The_restore_drill_works_and_leaves_the_vault_alone()
    {
        await using var home = await WithAgentAsync();
        (await home.RunAsync("backup", "newest.backup")).Done();
        var before = (await home.RunAsync("list")).Done().Output;
        foreach (var command in Commands("## Restore drill"))
        {
            await RunAsync(home, command);
        }

        Assert.Equal(before, (await home.RunAsync("list")).Done().Output);
        Assert.False(Directory.Exists(Path.Join(home.Directory, "drill")));
    }

    private static async Task<SanctumHome> WithAgentAsync()
    {
        var home = await SanctumHome.ServingAsync();
        await home.StoreAsync("openai/api_key", "sk-live-0123456789abcdef0123");
        await home.RegisterAsync("helper");
        await home.RegisterAsync("other-helper");
        await home.GrantAsync("helper-openai", "helper", "openai/*", "list,retrieve,use");
        return home;
    }

    private static string[] Commands(string heading)
    {
        var section = File.ReadLines(Path.Join(Repository.Root, "docs/operations.md")).SkipWhile(line => line != heading).Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal));
        List<string> commands = [];
        var inside = false;
        foreach (var line in section)
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                inside = line == "```sh";
            }
            else if (inside)
            {
                commands.Add(line);
            }
        }

        Assert.True(commands.Count > 3, "the page has become short");
        return [.. commands];
    }

    private static async Task RunAsync(SanctumHome home, string command)
    {
        var name = await UnitFile.CommandAsync(home);
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"sanctum() {{ {name} \"$@\"; }}\n{command}"])
        {
            WorkingDirectory = home.Directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HOME"] = home.Directory;
        start.Environment["BACKUP"] = Path.Join(home.Directory, "newest.backup");

        // What people type: the passphrase, and a new secret or passphrase.
        start.Environment["SANCTUM_PASSPHRASE"] = SanctumHome.Passphrase;
        if (command == "sanctum passphrase change")
        {
            start.ArgumentList[1] += $" --new-passphrase-file {home.PassphraseFile}";
        }

        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await HostTools.FeedAsync(process, "sk-live-ba9876543210fedcba98"u8.ToArray());
        await process.WaitForExitAsync();

        // A simulation says with its exit code that it would be refused, and that is what is wanted here.
        var expected = command.StartsWith("sanctum policy simulate", StringComparison.Ordinal) ? 1 : 0;
        Assert.True(process.ExitCode == expected, $"{command}\n{await output}{await errors}");
    }
}
