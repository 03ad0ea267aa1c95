using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Durability;

/// <summary>An interrupted change of the passphrase leaves a vault that opens with exactly one of the two.</summary>
public sealed class PassphraseCrashTests
{
    private const string Next = "another passphrase altogether";

    /// <summary>The moments to kill at: when it is sent, when the new seal is being written, when it is in place, when it is acknowledged.</summary>
    public enum Moment
    {
        Sent,
        Writing,
        Replaced,
        Acknowledged,
    }

    [Theory]
    [InlineData(Moment.Sent)]
    [InlineData(Moment.Writing)]
    [InlineData(Moment.Replaced)]
    [InlineData(Moment.Acknowledged)]
    public async Task A_kill_while_the_passphrase_changes_leaves_exactly_one_that_opens(Moment moment)
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        bool acknowledged;
        await using (var daemon = await ForegroundDaemon.StartAsync(home))
        {
            acknowledged = await ChangeUntilAsync(home, daemon, moment);
        }

        await using (await ForegroundDaemon.StartSealedAsync(home))
        {
            using var admin = new AdminWire(home);
            var opens = new[] { await OpensAsync(admin, SanctumHome.Passphrase), await OpensAsync(admin, Next) };
            Assert.Single(opens, it => it);
            Assert.True(opens[1] || !acknowledged, "the change was acknowledged, and it is gone");

            // Whichever it is, what is in the vault is whole, and nothing of the other seal lies about.
            await admin.LoginAsync(opens[1] ? Next : SanctumHome.Passphrase);
            await admin.DoAsync("audit/verify");
            Assert.False(File.Exists(SealOf(home) + ".tmp"));
        }
    }

    private static string SealOf(SanctumHome home) => Path.Join(home.Vault, "vault.sealed");

    private static async Task<bool> ChangeUntilAsync(SanctumHome home, ForegroundDaemon daemon, Moment moment)
    {
        using var admin = new AdminWire(home);
        await admin.LoginAsync();
        var before = await File.ReadAllTextAsync(SealOf(home));
        var change = admin.SendAsync("passphrase", new JsonObject
        {
            ["current"] = AdminWire.Base64(SanctumHome.Passphrase),
            ["replacement"] = AdminWire.Base64(Next),
        });

        // The moments are a fraction of a millisecond long: watched for without a pause, and missed at times. What is promised holds either way.
        while (!change.IsCompleted && moment switch
        {
            Moment.Writing => !File.Exists(SealOf(home) + ".tmp"),
            Moment.Replaced => before == await File.ReadAllTextAsync(SealOf(home)),
            Moment.Acknowledged => true,
            _ => false,
        })
        {
            await Task.Yield();
        }

        await daemon.KillAsync();
        try
        {
            using var answer = await change;
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task<bool> OpensAsync(AdminWire admin, string passphrase)
    {
        using var answer = await admin.SendAsync("unseal", AdminWire.Proof(passphrase));
        if (!answer.IsSuccessStatusCode)
        {
            Assert.Equal("AUTH_FAILED", (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!["code"]);
        }

        return answer.IsSuccessStatusCode;
    }
}
