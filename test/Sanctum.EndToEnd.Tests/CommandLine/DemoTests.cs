using System.Text.Json.Nodes;
using Sanctum.Client;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.CommandLine;

/// <summary>The two throw-away vaults: what they promise, and that they leave nothing behind.</summary>
public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_tells_the_whole_story_and_leaves_nothing_behind()
    {
        await using var home = new SanctumHome();
        var temporary = Directory.CreateDirectory(Path.Join(home.Directory, "tmp")).FullName;
        var told = (await home.RunBareAsync("", ["demo"], ("TMPDIR", temporary))).Done();
        Assert.Matches("All [0-9]+ checks passed", told.Output);
        Assert.DoesNotContain("sk-demo-", told.Output, StringComparison.Ordinal);
        Assert.Empty(LeftIn(temporary));
        Assert.False(Directory.Exists(home.Vault));
        Assert.Empty(ProcessesWith(temporary));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("too-long-for-a-vault")]
    public async Task The_demo_fails_when_a_step_does(string how)
    {
        await using var home = new SanctumHome();
        var temporary = Path.Join(home.Directory, how);
        if (how != "missing")
        {
            temporary = Directory.CreateDirectory(Path.Join([temporary, .. Enumerable.Repeat(new string('x', 100), 5)])).FullName;
        }

        var told = await home.RunBareAsync("", ["demo"], ("TMPDIR", temporary));
        Assert.Equal(1, told.ExitCode);
        Assert.DoesNotContain("checks passed", told.Output, StringComparison.Ordinal);
        Assert.StartsWith("sanctum: ", told.Errors, StringComparison.Ordinal);
        Assert.Empty(LeftIn(temporary));
        Assert.Empty(ProcessesWith(temporary));
    }

    [Fact]
    public async Task An_interrupted_demo_leaves_nothing_behind_either()
    {
        Interrupts.Require();
        await using var home = new SanctumHome();
        var temporary = Directory.CreateDirectory(Path.Join(home.Directory, "tmp")).FullName;
        await using var demo = ForegroundDaemon.Launch(home, ["demo"], ("TMPDIR", temporary));
        await demo.SaysAsync("the daemon responds");
        demo.Process.SendInterrupt();
        Assert.NotEqual(0, await demo.EndedAsync());
        Assert.Empty(LeftIn(temporary));
        Assert.Empty(ProcessesWith(temporary));
    }

    [Fact]
    public async Task What_dev_prints_works_and_is_gone_afterwards()
    {
        Interrupts.Require();
        await using var home = new SanctumHome();
        var temporary = Directory.CreateDirectory(Path.Join(home.Directory, "tmp")).FullName;
        await using var dev = ForegroundDaemon.Launch(home, ["dev"], ("TMPDIR", temporary));
        await dev.ServingAsync();

        // Output and notes come on two ways, and either can be read first.
        await dev.SaysAsync("const apiKey = await vault.retrieve(");
        Assert.Contains("NOT FOR PRODUCTION", dev.Said, StringComparison.Ordinal);
        string Printed(string label) => dev.Said.Split('\n').Select(it => it.Trim()).First(it => it.StartsWith(label + " ", StringComparison.Ordinal))[label.Length..].Trim();
        var options = new SanctumClientOptions { SocketPath = Printed("socket"), KeyPath = Printed("key") };
        await using (var client = await SanctumClient.ConnectAsync(Printed("agent"), options))
        {
            foreach (var path in Printed("holds").Split(", "))
            {
                Assert.NotEqual("", await client.RetrieveAsync(path));
            }
        }

        dev.Process.SendInterrupt();
        Assert.Equal(0, await dev.EndedAsync());
        Assert.Empty(Directory.GetFileSystemEntries(temporary));
    }

    [Fact]
    public async Task Dev_says_it_in_one_document_for_programs()
    {
        Interrupts.Require();
        await using var home = new SanctumHome();
        await using var dev = ForegroundDaemon.Launch(home, ["dev", "--json"]);
        await dev.SaysAsync("\n}\n");

        // Its notes are not indented, wherever they come in between.
        var document = JsonNode.Parse(string.Concat(dev.Said.Split('\n').Where(line => line is ['{' or '}' or ' ', ..])))!;
        var options = new SanctumClientOptions { SocketPath = (string)document["socket"]!, KeyPath = (string)document["key_file"]! };
        await using (var client = await SanctumClient.ConnectAsync((string)document["agent"]!, options))
        {
            Assert.Equal(document["credentials"]!.AsArray().Select(it => (string)it!).Order(), (await client.ListAsync()).Select(it => it.Path).Order());
        }

        dev.Process.SendInterrupt();
        Assert.Equal(0, await dev.EndedAsync());
    }

    [Fact]
    public async Task Dev_does_not_take_a_folder_with_something_in_it()
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        var before = HostTools.Fingerprint(home.Vault);
        Assert.Equal(2, (await home.RunAsync("dev", "--vault-path", home.Vault)).ExitCode);
        Assert.Equal(before, HostTools.Fingerprint(home.Vault));
    }

    // The commands' own runtimes make and remove theirs; one that was killed, or is just ending, may have left it.
    private static IReadOnlyList<string> LeftIn(string temporary) =>
    [
        .. Directory.Exists(temporary) ? Directory.GetFileSystemEntries(temporary).Select(it => Path.GetFileName(it)).Where(it => !IsOfTheRuntime(it)) : [],
    ];

    private static bool IsOfTheRuntime(string name) =>
        name.StartsWith("dotnet-diagnostic-", StringComparison.Ordinal) || name.StartsWith("clr-debug-pipe-", StringComparison.Ordinal);

    private static IEnumerable<string> ProcessesWith(string text) => Directory.EnumerateDirectories("/proc")
        .Where(it => char.IsAsciiDigit(it["/proc/".Length]))
        .Select(it => Read(Path.Join(it, "cmdline")))
        .Where(it => it.Contains(text, StringComparison.Ordinal));

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return ""; // It has ended meanwhile.
        }
    }
}
