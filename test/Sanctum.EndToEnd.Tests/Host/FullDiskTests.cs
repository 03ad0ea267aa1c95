using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Host;

/// <summary>A full disk refuses new work and loses no old.</summary>
public sealed class FullDiskTests
{
    [Fact]
    public async Task What_does_not_fit_is_refused_and_what_was_there_stays_and_room_is_used_again()
    {
        HostTools.RequireRoot("a small file system is mounted");
        await using var home = new SanctumHome();
        Directory.CreateDirectory(home.Vault, HostTools.Folder700);
        var (exitCode, said) = await HostTools.RunAsync("mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", home.Vault);
        Assert.SkipUnless(exitCode == 0, $"a small file system can't be mounted here: {said}");
        try
        {
            await FillAsync(home);
        }
        finally
        {
            Assert.Equal(0, (await HostTools.RunAsync("umount", home.Vault)).ExitCode);
        }
    }

    private static async Task FillAsync(SanctumHome home)
    {
        var ballast = Path.Join(home.Vault, "ballast");
        (await home.RunAsync("init")).Done();
        await using var daemon = await ForegroundDaemon.StartAsync(home);
        await home.RegisterAsync("reader");
        await home.StoreAsync("a/b", "a value");
        await home.GrantAsync("reader", "reader", "a/*", "retrieve");
        using var admin = new AdminWire(home);
        await admin.LoginAsync();
        using var wire = await WireClient.ConnectAsync(home.Socket);
        await wire.SignInAsync("reader", home.KeyOf("reader"));

        // As much as the rest: what is in the write-ahead log needs its own size again to be moved into the database.
        await File.WriteAllBytesAsync(ballast, new byte[4_000_000]);

        var stored = new List<string>();
        string? refused = null;
        while (refused is null)
        {
            var path = $"big/n{stored.Count}";
            using var response = await admin.SendAsync("credentials/store", new() { ["path"] = path, ["value"] = AdminWire.Base64(new string('x', 40_000)) });
            if (response.IsSuccessStatusCode)
            {
                stored.Add(path);
                continue;
            }

            refused = await response.Content.ReadAsStringAsync();
        }

        Assert.Contains("STORAGE_FAILED", refused, StringComparison.Ordinal);
        Assert.Contains("disk is full", refused, StringComparison.Ordinal);

        // To the last byte: when no audit entry can be written either, no secret leaves.
        await FillUpAsync(home);
        var retrieved = 0;
        JsonObject reply;
        while ((reply = await wire.CallAsync("retrieve", new() { ["path"] = "a/b" }))["error"] is null)
        {
            retrieved++;
        }

        Assert.Equal("INTERNAL_ERROR", (string?)reply["error"]!["code"]);
        Assert.DoesNotContain(Convert.ToHexStringLower("a value"u8), reply.ToJsonString(), StringComparison.Ordinal);

        File.Delete(ballast);
        File.Delete(Path.Join(home.Vault, "rest"));
        await wire.DoAsync("retrieve", new() { ["path"] = "a/b" });
        Assert.Equal(retrieved + 1, (await admin.AuditAsync()).Count(it => (string?)it["action"] == "retrieve" && (string?)it["outcome"] == "allowed"));
        await admin.StoreAsync("after/all", "there is room");
        foreach (var path in stored)
        {
            Assert.Equal(new string('x', 40_000), await admin.GetAsync(path));
        }

        (await home.RunAsync("audit", "verify")).Done();
        Assert.Equal(0, await daemon.TerminateAsync());
        Assert.Equal("there is room", (await home.RunAsync("get", "after/all")).Done().Output);
    }

    private static async Task FillUpAsync(SanctumHome home)
    {
        await using var rest = new FileStream(Path.Join(home.Vault, "rest"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var full = false;
        while (!full)
        {
            try
            {
                await rest.WriteAsync(new byte[4096]);
            }
            catch (IOException)
            {
                full = true;
            }
        }
    }
}
