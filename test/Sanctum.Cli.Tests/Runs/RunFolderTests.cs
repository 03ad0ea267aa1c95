using Sanctum.Cli.Runs;

namespace Sanctum.Cli.Tests.Runs;

/// <summary>A run's folder: who can enter it, and what becomes of those that nobody removed.</summary>
public sealed class RunFolderTests : IDisposable
{
    private readonly DirectoryInfo _parent = Directory.CreateTempSubdirectory("sanctum-cli-");

    public void Dispose() => _parent.Delete(recursive: true);

    [Fact]
    public void It_is_for_this_user_alone_and_gone_afterwards()
    {
        string path;
        using (var folder = RunFolder.Create(_parent.FullName))
        {
            path = folder.Path;
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(path));
            var file = folder.Write("a", "b"u8);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public void Two_runs_have_a_folder_each_and_neither_removes_the_others()
    {
        using var first = RunFolder.Create(_parent.FullName);
        using var second = RunFolder.Create(_parent.FullName);

        Assert.NotEqual(first.Path, second.Path);
        Assert.True(Directory.Exists(first.Path));
    }

    [Fact]
    public void What_a_killed_run_has_left_the_next_one_removes()
    {
        var left = Make("0011223344556677");
        File.WriteAllText(Path.Join(left, RunFolder.LockName), "");
        var unlocked = Make("8899aabbccddeeff");
        Directory.SetLastWriteTimeUtc(unlocked, DateTime.UtcNow.AddMinutes(-2));
        var beginning = Make("0000000000000000");

        using var folder = RunFolder.Create(_parent.FullName);

        Assert.False(Directory.Exists(left));
        Assert.False(Directory.Exists(unlocked));
        Assert.True(Directory.Exists(beginning));
    }

    [Fact]
    public void A_link_in_a_folders_place_is_not_followed()
    {
        var precious = _parent.CreateSubdirectory("precious");
        File.WriteAllText(Path.Join(precious.FullName, RunFolder.LockName), "");
        Directory.CreateSymbolicLink(Path.Join(_parent.FullName, RunFolder.Start + "link"), precious.FullName);

        using var folder = RunFolder.Create(_parent.FullName);

        Assert.True(File.Exists(Path.Join(precious.FullName, RunFolder.LockName)));
    }

    private string Make(string name) => _parent.CreateSubdirectory(RunFolder.Start + name).FullName;
}
