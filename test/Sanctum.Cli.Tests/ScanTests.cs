using System.Text;
using System.Text.Json;

namespace Sanctum.Cli.Tests;

/// <summary><c>sanctum scan</c>: which files it looks into, and what it says.</summary>
public sealed class ScanTests : IAsyncLifetime
{
    private static readonly string Secret = FakeSecrets.All["OpenAI API key"];

    private readonly CliFolder _folder = new();

    private string Tree => Path.Join(_folder.Home, "tree");

    public ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Tree);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Fact]
    public async Task A_secret_is_named_with_its_place_and_never_shown()
    {
        Write("src/app.py", $"import os\nkey = '{Secret}'\n");

        foreach (var options in new[] { "", " --json", " --verbose" })
        {
            var result = await _folder.RunAsync($"scan {Tree}{options}");

            Assert.Equal(1, result.ExitCode);
            Assert.Contains("src/app.py", result.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(Secret[..8], result.Output + result.Errors, StringComparison.Ordinal);
        }

        var found = Found(await _folder.RunAsync($"scan {Tree} --json"));
        Assert.Equal([("src/app.py", 2, "OpenAI API key", "sk-p")], found);
    }

    [Fact]
    public async Task Nothing_found_is_exit_code_0()
    {
        Write("a.txt", "nothing here");

        var result = await _folder.RunAsync($"scan {Tree}");

        Assert.Equal((0, ""), (result.ExitCode, result.Output));
        Assert.Contains("no secrets found in 1 files", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_git_ignores_is_left_out_unless_it_is_requested()
    {
        await GitAsync("init -q .");
        Write(".gitignore", "*.secret\n!kept.secret\nbuild/\n");
        Write("a.secret", Secret);
        Write("kept.secret", Secret);
        Write("build/b", Secret);
        Write("sub/.gitignore", "local\n");
        Write("sub/local", Secret);
        Write("sub/other", Secret);
        Write("tracked.secret", Secret);
        await GitAsync("add -f tracked.secret");

        Assert.Equal(["kept.secret", "sub/other", "tracked.secret"], Found(await _folder.RunAsync($"scan {Tree} --json")).Select(it => it.File));
        Assert.Equal(
            ["a.secret", "build/b", "kept.secret", "sub/local", "sub/other", "tracked.secret"],
            Found(await _folder.RunAsync($"scan {Tree} --json --ignored")).Select(it => it.File));
    }

    [Fact]
    public async Task A_repository_inside_the_folder_has_its_own_rules()
    {
        await GitAsync("init -q .");
        await GitAsync("init -q inner");
        Write("inner/.gitignore", "hidden\n");
        Write("inner/hidden", Secret);
        Write("inner/seen", Secret);

        Assert.Equal(["inner/seen"], Found(await _folder.RunAsync($"scan {Tree} --json")).Select(it => it.File));
    }

    [Fact]
    public async Task A_folder_that_git_does_not_know_is_searched_whole()
    {
        Write("a", Secret);
        Write(".hidden/b", Secret);
        Write(".git/c", Secret);

        Assert.Equal([".hidden/b", "a"], Found(await _folder.RunAsync($"scan {Tree} --json")).Select(it => it.File).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task No_link_leads_out_of_the_folder()
    {
        var outside = Path.Join(_folder.Home, "outside");
        Directory.CreateDirectory(outside);
        File.WriteAllText(Path.Join(outside, "file"), Secret);
        await GitAsync("init -q .");
        Write("real/file", "nothing");
        await GitAsync("add .");

        // git goes on listing real/file, which is somewhere else by now.
        Directory.Delete(Path.Join(Tree, "real"), recursive: true);
        Directory.CreateSymbolicLink(Path.Join(Tree, "real"), outside);
        File.CreateSymbolicLink(Path.Join(Tree, "link"), Path.Join(outside, "file"));

        var result = await _folder.RunAsync($"scan {Tree} --json");

        Assert.Empty(Found(result));
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("a link, which is not followed", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Special_binary_and_very_large_files_are_skipped_and_named()
    {
        Write("binary", "\0" + Secret);
        using (var large = File.Create(Path.Join(Tree, "large")))
        {
            large.SetLength(65L * 1024 * 1024);
        }

        await CliProcess.RunAsync([Path.Join(Tree, "pipe")], _folder.Environment, program: "/usr/bin/mkfifo");

        var skipped = JsonDocument.Parse((await _folder.RunAsync($"scan {Tree} --json")).Output).RootElement.GetProperty("skipped").EnumerateArray()
            .Select(it => (it.GetProperty("file").GetString(), it.GetProperty("why").GetString()));

        Assert.Equal([("binary", "binary"), ("large", "larger than 64 MiB"), ("pipe", "not a regular file")], skipped);
    }

    [Fact]
    public async Task A_repository_starts_no_program()
    {
        var witness = Path.Join(_folder.Home, "witness");
        await GitAsync("init -q .");
        var hook = Path.Join(_folder.Home, "hook");
        File.WriteAllText(hook, $"#!/bin/sh\ntouch {witness}\n");
        File.SetUnixFileMode(hook, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await GitAsync($"config core.fsmonitor {hook}");
        Write("a", "nothing");
        await GitAsync("add .");
        File.Delete(witness);

        Assert.Equal(0, (await _folder.RunAsync($"scan {Tree}")).ExitCode);
        Assert.False(File.Exists(witness));

        await GitAsync("ls-files");
        await GitAsync("status");
        Assert.True(File.Exists(witness), "git starts no such program any more: the test shows nothing");
    }

    [Fact]
    public async Task A_dotenv_file_has_secrets_by_their_names()
    {
        Write(".env", $"# settings\nPORT=8080\nDB_PASSWORD=\"{FakeSecrets.Random(14)}\"\nAPP_NAME={FakeSecrets.Random(20)}\nTOKEN=changeme-please\n");
        Write("other.txt", $"DB_PASSWORD={FakeSecrets.Random(14)}\n");

        Assert.Equal([(".env", 3, "secret by its name")], Found(await _folder.RunAsync($"scan {Tree} --json")).Select(it => (it.File, it.Line, it.Kind)));
    }

    [Fact]
    public async Task Text_in_utf_16_is_read()
    {
        File.WriteAllText(Path.Join(Tree, "a.txt"), $"line\n{Secret}\n", Encoding.Unicode);
        File.WriteAllText(Path.Join(Tree, "b.txt"), $"line\n{Secret}\n", Encoding.BigEndianUnicode);

        Assert.Equal([2, 2], Found(await _folder.RunAsync($"scan {Tree} --json")).Select(it => it.Line));
    }

    [Fact]
    public async Task A_name_of_a_file_does_not_drive_the_terminal()
    {
        Write("a\u001b[2Jb", Secret);

        Assert.DoesNotContain('\u001b', (await _folder.RunAsync($"scan {Tree}")).Output);
    }

    [Fact]
    public async Task A_list_without_end_is_ended()
    {
        Write("many", string.Concat(Enumerable.Repeat(FakeSecrets.All["GitLab token"] + "\n", 10_010)));

        var result = await _folder.RunAsync($"scan {Tree} --json");

        Assert.Equal(10_000, Found(result).Count);
        Assert.False(JsonDocument.Parse(result.Output).RootElement.GetProperty("complete").GetBoolean());
    }

    [Theory]
    [InlineData("/none/here")]
    [InlineData("/etc/passwd")]
    public async Task What_is_no_folder_is_refused(string path)
    {
        var refused = await _folder.RunAsync($"scan {path}");

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains($"there is no folder {path}", refused.Errors, StringComparison.Ordinal);
    }

    private static List<(string File, int Line, string Kind, string Begins)> Found(CliResult result) =>
        [.. JsonDocument.Parse(result.Output).RootElement.GetProperty("found").EnumerateArray().Select(it =>
            (it.GetProperty("file").GetString()!, it.GetProperty("line").GetInt32(), it.GetProperty("kind").GetString()!, it.GetProperty("begins").GetString()!))];

    private void Write(string name, string content)
    {
        var path = Path.Join(Tree, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }

    private async Task GitAsync(string command)
    {
        var result = await CliProcess.RunAsync(["-C", Tree, .. command.Split(' ')], _folder.Environment, program: "/usr/bin/git");
        Assert.True(result.ExitCode == 0, $"git {command}: {result.Errors}");
    }
}
