using System.Net;
using Sanctum.Daemon.Hosting;

namespace Sanctum.Daemon.Admin;

/// <summary>Speaks to a vault's daemon over its admin socket, or its port for operators: what needs no token, and what gives one.</summary>
/// <remarks>Refusals are thrown as <see cref="OperatorException"/>; where no daemon responds, its code is <c>DAEMON_UNREACHABLE</c>.</remarks>
public sealed class AdminClient : IDisposable
{
    internal const string Host = "localhost";

    private readonly AdminHttp _http;

    /// <summary>A client for a daemon. Nothing is connected yet.</summary>
    /// <param name="socket">The admin socket: <see cref="DaemonOptions.AdminSocketOf"/> the vault's folder. Who listens there has to be this
    /// process's user or root, or nothing is sent (<c>DAEMON_UNTRUSTED</c>).</param>
    /// <param name="patience">How long the daemon may say nothing before it is given up (<c>DAEMON_TIMEOUT</c>). Default: <see cref="DefaultPatience"/>.</param>
    public AdminClient(string socket, TimeSpan? patience = null) => _http = new AdminHttp(socket, patience ?? DefaultPatience);

    /// <summary>A client for a daemon that is reached over a network. Nothing is connected yet.</summary>
    /// <param name="address">The operators' port: a host and a port. The host is what the daemon has to be called by, see <c>docs/admin-api.md</c>.</param>
    /// <param name="connect">Opens a connection. It has to make sure, before it returns, that who listens may have the token and the passphrase; what it refuses it throws as
    /// <see cref="OperatorException"/>.</param>
    /// <param name="token">An operator's token, which goes with the calls that bring none of their own. Default: none.</param>
    /// <param name="patience">As for the other constructor.</param>
    public AdminClient(DnsEndPoint address, Func<CancellationToken, ValueTask<Stream>> connect, string? token = null, TimeSpan? patience = null) =>
        _http = new AdminHttp(address, connect, token, patience ?? DefaultPatience);

    /// <summary>15 seconds.</summary>
    public static TimeSpan DefaultPatience { get; } = TimeSpan.FromSeconds(15);

    /// <summary>How the daemon is.</summary>
    public Task<DaemonStatus> StatusAsync(CancellationToken cancellationToken = default) =>
        _http.GetAsync(AdminRoutes.Status, AdminJson.Default.DaemonStatus, cancellationToken);

    /// <summary>How the daemon is; null when none responds.</summary>
    public async Task<DaemonStatus?> TryStatusAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await StatusAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperatorException none) when (none.Code == OperatorErrors.Unreachable)
        {
            return null;
        }
    }

    /// <summary>The daemons that serve the vault, in order of name. Needs no token.</summary>
    public Task<IReadOnlyList<NodeView>> ListNodesAsync(CancellationToken cancellationToken = default) =>
        _http.GetAsync(AdminRoutes.ListNodes, AdminJson.Default.IReadOnlyListNodeView, cancellationToken);

    /// <summary>Unseals the vault; one that is unsealed stays so, and the passphrase is only checked.</summary>
    /// <param name="passphrase">In UTF-8; the caller zeroes it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<DaemonStatus> UnsealAsync(byte[] passphrase, CancellationToken cancellationToken = default) => _http.PostAsync(
        AdminRoutes.Unseal, null, new PassphraseRequest(passphrase), AdminJson.Default.PassphraseRequest, AdminJson.Default.DaemonStatus, cancellationToken);

    /// <summary>Proves the passphrase, and gives a token that stands for it for a while. The vault has to be unsealed.</summary>
    /// <param name="passphrase">In UTF-8; the caller zeroes it.</param>
    /// <param name="scopes">What the token is to be good for. Default: all, for whoever has the passphrase at hand and the token for a moment.</param>
    /// <param name="bindSession">Whether only processes of this terminal session can use it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<LoginView> LoginAsync(
        byte[] passphrase, OperatorScopes scopes = OperatorScopes.All, bool bindSession = false, CancellationToken cancellationToken = default) => _http.PostAsync(
            AdminRoutes.Login, null, new LoginRequest(passphrase, ScopeNames.Of(scopes), bindSession), AdminJson.Default.LoginRequest, AdminJson.Default.LoginView, cancellationToken);

    /// <summary>Seals the vault: all sessions and tokens end. A daemon whose vault is sealed tries its seal providers no more.</summary>
    /// <param name="token">The operator's token; while the vault is sealed there is none, and none is needed on the socket.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OperatorException">CONFLICT where this daemon was sealed already and others serve the vault, which are named.</exception>
    public Task<DaemonStatus> SealAsync(string? token, CancellationToken cancellationToken = default) => _http.PostAsync(
        AdminRoutes.Seal, token, new NoRequest(), AdminJson.Default.NoRequest, AdminJson.Default.DaemonStatus, cancellationToken);

    /// <summary>Has the daemon finish what is running, seal the vault and end. Returns once it has been told.</summary>
    /// <param name="token">The operator's token; while the vault is sealed there is none, and none is needed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task StopAsync(string? token, CancellationToken cancellationToken = default) => _http.PostAsync(
        AdminRoutes.Stop, token, new NoRequest(), AdminJson.Default.NoRequest, AdminJson.Default.DoneResult, cancellationToken);

    /// <summary>The operator's calls, under a token. Disposing the result does not dispose this client.</summary>
    public IOperatorApi Connect(string token) => new HttpOperator(_http, token);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
