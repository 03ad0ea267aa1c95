using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>A PostgreSQL and its synchronous standby, on loopback, as two servers of a cluster.</summary>
internal sealed class ReplicatedPair : IAsyncDisposable
{
    private readonly PostgresServer _programs = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sanctum-pair-");
    private readonly int[] _ports = [FreePort(), FreePort()];
    private int _schemas;

    public async ValueTask InitializeAsync()
    {
        PostgresServer.SkipWithout();
        if (Environment.IsPrivilegedProcess)
        {
            await _programs.RunAsync("/bin/chown", ["postgres", _folder.FullName], asRoot: true);
        }

        await _programs.RunAsync("initdb", ["-D", DataOf(0), "-A", "trust", "-U", "owner"]);
        await File.AppendAllTextAsync(Path.Join(DataOf(0), "postgresql.conf"), "\nwal_level = replica\nsynchronous_standby_names = 'second'\n");
        await StartAsync(0);
        await _programs.RunAsync("pg_basebackup", ["-D", DataOf(1), "-R", "-d", string.Create(CultureInfo.InvariantCulture, $"host=127.0.0.1 port={_ports[0]} user=owner application_name=second")]);
        await StartAsync(1);
    }

    /// <summary>A connection string that names both servers, with a schema that nothing has used yet.</summary>
    public string NewVault() => string.Create(
        CultureInfo.InvariantCulture, $"Host=127.0.0.1:{_ports[0]},127.0.0.1:{_ports[1]};Username=owner;Database=postgres;Search Path=vault_{Interlocked.Increment(ref _schemas)}");

    /// <summary>Runs SQL on the primary.</summary>
    public async Task SqlAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={_ports[0]};Username=owner;Database=postgres;Pooling=false"));
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public Task KillPrimaryAsync() => _programs.RunAsync("pg_ctl", ["-D", DataOf(0), "-m", "immediate", "stop"]);

    /// <summary>Has the standby take over. It would go on waiting for a standby of its own.</summary>
    public async Task PromoteStandbyAsync()
    {
        await File.AppendAllTextAsync(Path.Join(DataOf(1), "postgresql.auto.conf"), "\nsynchronous_standby_names = ''\n");
        await _programs.RunAsync("pg_ctl", ["-D", DataOf(1), "-w", "promote"]);
        await _programs.RunAsync("pg_ctl", ["-D", DataOf(1), "reload"]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var number in (int[])[0, 1])
        {
            if (File.Exists(Path.Join(DataOf(number), "postmaster.pid")))
            {
                await _programs.RunAsync("pg_ctl", ["-D", DataOf(number), "-m", "immediate", "stop"]);
            }
        }

        _folder.Delete(recursive: true);
        await _programs.DisposeAsync();
    }

    private static int FreePort()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    private Task StartAsync(int number) => _programs.RunAsync(
        "pg_ctl", ["-D", DataOf(number), "-w", "-l", Path.Join(_folder.FullName, $"log{number}"), "-o", string.Create(CultureInfo.InvariantCulture, $"-c listen_addresses=127.0.0.1 -p {_ports[number]} -k {_folder.FullName}"), "start"]);

    private string DataOf(int number) => Path.Join(_folder.FullName, $"data{number}");
}
