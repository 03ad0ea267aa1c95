using Sanctum.Storage.Contract;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>A database that takes a commit and then says nothing, without ending the connection: its machine is gone, or the network between.</summary>
public sealed class SilentDatabaseTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    [Fact]
    public async Task A_commit_is_given_up_and_another_connection_goes_on()
    {
        await using var proxy = new CuttingProxy(server.Socket);
        await using var store = await PostgresVaultStore.CreateAsync(proxy.Through(server.NewVault()));
        await store.CommitAsync(Batch(1));

        proxy.IsHeld = true;
        var refused = await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(Batch(2)).WaitAsync(TimeSpan.FromMinutes(3)));
        Assert.Equal(StoreFailure.Unavailable, refused.Reason);

        // What was held back arrives now: it was taken for unknown, and is found.
        proxy.IsHeld = false;
        await store.CommitAsync(Batch(3)).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Contains(3, (await Contents.LogOf(store)).Select(segment => segment.FirstSequence));
    }

    private static StoreBatch Batch(long first) => new() { Segment = new StoredSegment(first, 1, new byte[] { (byte)first }) };
}
