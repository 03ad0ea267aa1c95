using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Leases;

namespace Sanctum.Tests.Leases;

/// <summary>Leases that were derived from others, in memory.</summary>
public sealed class LeaseBookTests
{
    private static readonly DateTimeOffset _now = new(2026, 3, 14, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_lease_counts_only_while_all_above_it_do()
    {
        var book = new LeaseBook();
        var (root, child, last) = (Lease("root", null, 60), Lease("child", "root", 300), Lease("last", "child", 300));
        foreach (var lease in (Lease[])[last, child, root])
        {
            book.Put(lease);
        }

        Assert.True(book.IsAlive("last", _now));
        Assert.Equal(["child", "root"], book.Above(last).Select(lease => lease.Id));
        Assert.False(book.IsAlive("last", _now.AddSeconds(60)));
        Assert.True(book.TryTake(root));
        Assert.False(book.IsAlive("last", _now));
        Assert.Equal(["last"], book.DerivedFrom("child").Select(lease => lease.Id));
        Assert.True(book.TryTake(last));
        Assert.Empty(book.DerivedFrom("child"));
    }

    private static Lease Lease(string id, string? parent, int seconds) => new(
        id, AgentName.Parse("bot"), CredentialPath.Parse("a/b"), TimeSpan.FromSeconds(seconds), _now, _now.AddSeconds(seconds), 0) { Use = new LeasedUse([], parent, 0, 3, false) };
}
