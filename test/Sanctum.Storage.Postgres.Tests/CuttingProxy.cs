using System.Net.Sockets;
using System.Text;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>Stands between a store and its database, and cuts connections when it is told to.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    public const int Port = 5499;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sanctum-cut-");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly string _database;
    private readonly TaskCompletionSource _arrives = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _replied = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _accepting;
    private volatile Cut _cut;
    private volatile bool _held;

    public CuttingProxy(string database)
    {
        _database = database;
        _listener.Bind(new UnixDomainSocketEndPoint(Path.Join(_folder.FullName, $".s.PGSQL.{Port}")));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    /// <summary>What becomes of the next message that a client sends on any connection.</summary>
    public enum Cut
    {
        /// <summary>It arrives.</summary>
        None,

        /// <summary>It is lost, and the connection with it.</summary>
        BeforeTheDatabase,

        /// <summary>The client's connection ends, and the message arrives when <see cref="ArriveAsync"/> says so.</summary>
        Late,

        /// <summary>It arrives, and what the database replies is lost, and the connection with it.</summary>
        BeforeTheClient,
    }

    public Cut Next
    {
        set => _cut = value;
    }

    /// <summary>Only messages of a client that have so many bytes are cut, or what is replied to them. Commits have more than reads.</summary>
    public int Smallest { get; init; }

    /// <summary>Only messages of a client that this says are cut, or what is replied to them; it is asked for each, in Latin-1. All, unless it is set.</summary>
    public Func<string, bool>? IsMeant { get; init; }

    /// <summary>While it is set nothing gets through, and no connection ends.</summary>
    public bool IsHeld
    {
        set => _held = value;
    }

    /// <summary>The connection string by way of this.</summary>
    public string Through(string vault) => Through(vault, [this]);

    /// <summary>The connection string by way of these, each before one server of a cluster.</summary>
    public static string Through(string vault, IEnumerable<CuttingProxy> proxies) => string.Join(
        ';', vault.Split(';').Select(part => part.StartsWith("Host=", StringComparison.Ordinal) ? $"Host={string.Join(',', proxies.Select(proxy => proxy._folder.FullName))};Port={Port}" : part));

    /// <summary>Lets the message that was late arrive.</summary>
    /// <returns>What the database replied, in Latin-1.</returns>
    public async Task<string> ArriveAsync()
    {
        _arrives.SetResult();
        return await _replied.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _arrives.TrySetResult();
        _listener.Dispose();
        await _accepting;
        _folder.Delete(recursive: true);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = CarryAsync(await _listener.AcceptAsync());
            }
        }
        catch (SocketException)
        {
            // Ended.
        }
        catch (ObjectDisposedException)
        {
            // Ended.
        }
    }

    private async Task CarryAsync(Socket client)
    {
        using var database = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using (client)
        {
            try
            {
                await database.ConnectAsync(new UnixDomainSocketEndPoint(_database));
            }
            catch (SocketException)
            {
                return; // It is down: the client finds its connection ended.
            }

            var last = new LastMessage();
            var back = CopyAsync(database, client, last, isFromClient: false);
            await Task.WhenAny(CopyAsync(client, database, last, isFromClient: true), back);
            if (last.IsLate)
            {
                await back;
            }
        }
    }

    private async Task CopyAsync(Socket from, Socket to, LastMessage last, bool isFromClient)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            for (int read; (read = await from.ReceiveAsync(buffer)) > 0;)
            {
                if (isFromClient)
                {
                    last.IsMeant = read >= Smallest && (IsMeant is null || IsMeant(Encoding.Latin1.GetString(buffer.AsSpan(0, read))));
                }

                if (last.IsMeant && _cut == (isFromClient ? Cut.BeforeTheDatabase : Cut.BeforeTheClient))
                {
                    _cut = Cut.None;
                    return;
                }

                while (_held)
                {
                    await Task.Delay(10);
                }

                if (last.IsMeant && isFromClient && _cut == Cut.Late)
                {
                    _cut = Cut.None;
                    last.IsLate = true;
                    from.Dispose();
                    await _arrives.Task;
                }

                if (!isFromClient && last.IsLate)
                {
                    _replied.SetResult(Encoding.Latin1.GetString(buffer.AsSpan(0, read)));
                    return;
                }

                await to.SendAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The other direction ended it.
        }
    }

    // Of one connection; a client waits for the reply before it sends the next.
    private sealed class LastMessage
    {
        public volatile bool IsMeant, IsLate;
    }
}
