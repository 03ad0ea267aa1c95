using Npgsql;
using Sanctum.Client;
using StackExchange.Redis;

namespace Sanctum.Sample.Sdks;

/// <summary>Drivers that need a password themselves: the program holds it, on a lease, and fetches it again while it runs.</summary>
internal static class Databases
{
    public static NpgsqlDataSource Npgsql(SanctumClient vault, string database, TimeSpan refresh)
    {
        var builder = new NpgsqlDataSourceBuilder(database);
        builder.UsePeriodicPasswordProvider(async (_, stop) => await vault.RetrieveAsync("db/main", cancellationToken: stop), refresh, TimeSpan.FromSeconds(1));
        return builder.Build();
    }

    public static async Task<ConnectionMultiplexer> RedisAsync(SanctumClient vault, string endpoint)
    {
        var options = ConfigurationOptions.Parse(endpoint);
        options.Password = await vault.RetrieveAsync("redis/main");
        return await ConnectionMultiplexer.ConnectAsync(options);
    }
}
