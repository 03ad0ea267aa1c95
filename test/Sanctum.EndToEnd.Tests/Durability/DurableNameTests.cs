using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Durability;

/// <summary>A file's name lies in its folder: until that is written too, a power cut takes the file back, or puts the old one in its place.</summary>
public sealed class DurableNameTests
{
    [Fact]
    public async Task What_was_reported_as_done_is_in_its_folder_after_a_power_cut()
    {
        await TracedCommand.RequireAsync();
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        var keys = Path.Join(home.Vault, "keys");
        var key = Path.Join(keys, "agent.key");

        var registered = await TracedAsync(home, "agent", "register", "agent");
        Assert.Contains(registered, it => Writes(it, keys));
        Assert.Contains(registered, it => Writes(it, home.Vault));

        // The new key is there for good before the old one goes, whichever of the two kinds it is.
        var rotated = await TracedAsync(home, "agent", "rotate-key", "agent");
        var (renamed, removed) = (Last(rotated, key), Last(rotated, key + ".enc"));
        Assert.InRange(removed, renamed + 1, rotated.Length);
        Assert.Contains(rotated[renamed..removed], it => Writes(it, keys));
        Assert.Contains(rotated[removed..], it => Writes(it, keys));

        var backup = Path.Join(home.Directory, "backup");
        foreach (var more in new string[][] { [], ["--force"] })
        {
            var backedUp = await TracedAsync(home, ["backup", backup, .. more]);
            Assert.Contains(backedUp[Last(backedUp, backup)..], it => Writes(it, home.Directory));
        }

        await File.WriteAllTextAsync(Path.Join(home.Directory, ".env"), "OPENAI_API_KEY=sk-live-0a1b2c3d4e5f60718293a4b5c6d7e8f9\n");
        var references = Path.Join(home.Directory, "references");
        var imported = await TracedAsync(home, "import", Path.Join(home.Directory, ".env"), "--out", references);
        Assert.Contains(imported[Last(imported, references)..], it => Writes(it, home.Directory));
    }

    private static async Task<string[]> TracedAsync(SanctumHome home, params string[] command)
    {
        var trace = Path.Join(home.Directory, "trace");
        home.Under = ["strace", "-f", "-qq", "-y", "-s", "4096", "-o", trace, "-e", "trace=link,linkat,rename,renameat,renameat2,unlink,unlinkat,fsync"];
        try
        {
            (await home.RunAsync(command)).Done();
        }
        finally
        {
            home.Under = [];
        }

        return await File.ReadAllLinesAsync(trace);
    }

    private static int Last(string[] trace, string file) => Array.FindLastIndex(trace, it => it.Contains($"\"{file}\"", StringComparison.Ordinal));

    private static bool Writes(string step, string folder) => step.Contains(" fsync(", StringComparison.Ordinal) && step.Contains($"<{folder}>", StringComparison.Ordinal);
}
