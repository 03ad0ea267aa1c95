using Sanctum.Storage.Contract;

namespace Sanctum.Storage.Sqlite.Tests;

public sealed class SqliteContractTests : StoreContract
{
    private readonly List<TestFolder> _folders = [];

    protected override async Task<IVaultStore> CreateAsync()
    {
        var folder = new TestFolder();
        _folders.Add(folder);
        return await SqliteVaultStore.CreateAsync(folder.Vault);
    }

    protected override async Task<IVaultStore> ReopenAsync(IVaultStore store)
    {
        await store.DisposeAsync();
        return await SqliteVaultStore.OpenAsync(_folders[^1].Vault);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folders.ForEach(folder => folder.Dispose());
    }
}

public sealed class InMemoryContractTests : StoreContract
{
    protected override Task<IVaultStore> CreateAsync() => Task.FromResult<IVaultStore>(new InMemoryVaultStore());

    protected override async Task<IVaultStore> ReopenAsync(IVaultStore store)
    {
        await store.DisposeAsync();
        return store;
    }
}
