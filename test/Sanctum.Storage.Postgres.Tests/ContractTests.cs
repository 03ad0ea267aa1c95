using Sanctum.Storage.Contract;

namespace Sanctum.Storage.Postgres.Tests;

public sealed class PostgresContractTests(PostgresServer server) : StoreContract, IClassFixture<PostgresServer>
{
    private string _vault = "";

    protected override async Task<IVaultStore> CreateAsync()
    {
        _vault = server.NewVault();
        return await PostgresVaultStore.CreateAsync(_vault);
    }

    protected override async Task<IVaultStore> ReopenAsync(IVaultStore store)
    {
        if (await store.ReadKeyDocumentAsync() is null)
        {
            await store.WriteKeyDocumentAsync("seal"u8.ToArray());
        }

        await store.DisposeAsync();
        return await PostgresVaultStore.OpenAsync(_vault);
    }
}
