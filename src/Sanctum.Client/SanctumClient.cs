using System.Net;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Sanctum.Client.Connections;
using Sanctum.Client.Runs;
using Sanctum.Protocol;
using Sanctum.Protocol.Messages;

namespace Sanctum.Client;

/// <summary>
/// An agent's way to the vault. One client may be used from many tasks at once: their calls share one connection and their
/// replies may come in any order. It connects when it is first needed, or with <see cref="ConnectAsync(CancellationToken)"/>.
/// <code>
/// await using var vault = await SanctumClient.ConnectAsync("research-agent");
/// var signature = await vault.SignAsync("webhooks/secret", "the payload");
/// </code>
/// </summary>
/// <remarks>
/// A session that has expired is renewed by itself, once, and the refused call is repeated. A lost connection is made anew for the
/// next call. A daemon that is stopping is left for the next of <see cref="SanctumClientOptions.Addresses"/>, and the call that it refused for that is made there.
/// A call that was sent and got no reply fails with <see cref="OutcomeUnknownException"/> and is never sent twice.
/// Cancelling a call stops the waiting, not what the vault does; the connection stays usable.
/// </remarks>
public partial class SanctumClient : IAsyncDisposable, IDisposable
{
    private readonly SanctumClientOptions _options;
    private readonly SessionSource _sessions;
    private readonly TrackedLeases _leases = new();
    private readonly RunTransports _transports;

    /// <summary>Prepares a client; nothing is opened yet.</summary>
    /// <param name="agentName">The agent's name, 1 to 64 of <c>[A-Za-z0-9_-]</c>.</param>
    /// <param name="options">Where the vault and the key are; null for the defaults. They are copied.</param>
    /// <exception cref="ArgumentException">The name or an address is invalid, or only one of <see cref="SanctumClientOptions.Host"/> and
    /// <see cref="SanctumClientOptions.Port"/> is set.</exception>
    public SanctumClient(string agentName, SanctumClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(agentName);
        if (!ValidName().IsMatch(agentName))
        {
            // The name becomes part of a file's name, so this also keeps it inside the key directory.
            throw new ArgumentException("an agent's name is 1 to 64 letters, digits, '_' and '-'", nameof(agentName));
        }

        AgentName = agentName;
        _options = (options ?? new SanctumClientOptions()).Snapshot();
        _sessions = new SessionSource(agentName, _options);
        _transports = new RunTransports(this, _options);
    }

    /// <summary>
    /// Makes a substitute, for tests: it has no vault, and each call that is not overridden fails. A <see cref="SanctumHttpHandler"/> sends through
    /// <see cref="SendAsync(string, HttpRequestMessage, HttpUseOptions, CancellationToken)"/> of a substitute.
    /// </summary>
    protected SanctumClient() => (AgentName, _options, _sessions, _transports) = ("substitute", new SanctumClientOptions(), null!, null!);

    /// <summary>The agent that this client signs in as.</summary>
    public string AgentName { get; }

    /// <summary>Whether there is no vault behind it, but what a test overrides.</summary>
    internal bool IsSubstitute => _sessions is null;

    /// <summary>The clock of the options.</summary>
    internal TimeProvider Time => _options.TimeProvider;

    /// <summary>Makes a client and connects it.</summary>
    /// <inheritdoc cref="ConnectAsync(CancellationToken)" path="/exception"/>
    public static async Task<SanctumClient> ConnectAsync(
        string agentName,
        SanctumClientOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        var client = new SanctumClient(agentName, options);
        try
        {
            await client.ConnectAsync(cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Connects and signs in, unless that is already so.</summary>
    /// <exception cref="VaultConnectionException">The daemon can't be reached, or not within <see cref="SanctumClientOptions.ConnectTimeout"/>.</exception>
    /// <exception cref="AuthException">The vault does not know the agent with this key, or there is no usable key file.</exception>
    public virtual async Task ConnectAsync(CancellationToken cancellationToken = default) =>
        await Sessions.GetAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Connects to another place than the options say, and stays with it.</summary>
    /// <param name="target"><c>host:port</c>, <c>[IPv6 address]:port</c>, either with <c>tls://</c> before it, or the path of a Unix socket.</param>
    /// <inheritdoc cref="ConnectAsync(CancellationToken)" path="/exception"/>
    public virtual Task ConnectAsync(string target, CancellationToken cancellationToken = default) =>
        ConnectAsync(VaultAddress.Parse(target), cancellationToken);

    /// <summary>Connects to another place than the options say, and stays with it.</summary>
    /// <param name="target">A <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>, <see cref="IPEndPoint"/> or <see cref="DnsEndPoint"/>.</param>
    /// <inheritdoc cref="ConnectAsync(CancellationToken)" path="/exception"/>
    public virtual async Task ConnectAsync(EndPoint target, CancellationToken cancellationToken = default)
    {
        await Sessions.MoveToAsync(VaultAddress.Check(target), cancellationToken).ConfigureAwait(false);
        await Sessions.GetAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a client from the environment's settings: <see cref="SanctumEnvironment"/> has their names. It connects when it is first used.</summary>
    /// <exception cref="InvalidOperationException"><c>SANCTUM_AGENT</c> is not set.</exception>
    /// <exception cref="ArgumentException">A variable has an invalid value.</exception>
    public static SanctumClient FromEnvironment() => new(
        SanctumEnvironment.AgentName ?? throw new InvalidOperationException(
            $"no agent is named: set {SanctumEnvironment.AgentVariable} to the name that 'sanctum agent register' was given"),
        SanctumEnvironment.Fill(new SanctumClientOptions()));

    /// <summary>Releases the leases that this client holds, ends the session and closes the connection. A later call reads the key file and signs in again.</summary>
    public virtual async Task LogoutAsync(CancellationToken cancellationToken = default)
    {
        if (_sessions?.Current is not { } session)
        {
            return;
        }

        await ReleaseAllAsync(session, cancellationToken).ConfigureAwait(false);
        await CallAsync(
            Methods.Logout, _ => new SessionParams(), RequestJson.Default.SessionParams, _ => true, cancellationToken).ConfigureAwait(false);
        await _sessions.MoveToAsync(_sessions.Address, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Releases all leases that this client holds and closes the connection. Calls that still wait fail.</summary>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (IsSubstitute)
        {
            return;
        }

        if (_sessions.Current is { } session)
        {
            using var timeout = new CancellationTokenSource(_options.CloseTimeout, _options.TimeProvider);
            await ReleaseAllAsync(session, timeout.Token).ConfigureAwait(false);
        }

        _transports.Dispose();
        await _sessions.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The same for containers and blocks that dispose without waiting: blocks for <see cref="SanctumClientOptions.CloseTimeout"/> at most.</summary>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Dispose(disposing: true);
    }

    /// <summary>Disposes; a thread of the pool does the work, so that a captured context can't stop it.</summary>
    /// <param name="disposing">Whether it is not a finalizer that calls. There is none here.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            Task.Run(() => DisposeAsync().AsTask()).GetAwaiter().GetResult();
        }
    }

    // Whoever overrides some calls of a substitute learns here of the others.
    private SessionSource Sessions => _sessions ?? throw Errors.Substitute();

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex ValidName();

    private Task<T> CallAsync<TParams, T>(
        string method, Func<string, TParams> parameters, JsonTypeInfo<TParams> type, Func<RpcReply, T> read, CancellationToken cancellationToken) =>
        CallAsync(method, parameters, type, read, _options.RequestTimeout, cancellationToken);

    private Task<T> CallAsync<TParams, T>(
        string method, Func<string, TParams> parameters, JsonTypeInfo<TParams> type, Func<RpcReply, T> read, TimeSpan timeout, CancellationToken cancellationToken) =>
        CallAsync(method, (Session session) => parameters(session.Id), type, read, timeout, cancellationToken);

    /// <summary>The one way that calls go out.</summary>
    private async Task<T> CallAsync<TParams, T>(
        string method,
        Func<Session, TParams> parameters,
        JsonTypeInfo<TParams> type,
        Func<RpcReply, T> read,
        TimeSpan timeout,
        CancellationToken cancellationToken)
    {
        using var telemetry = CallTelemetry.Start(method);
        try
        {
            var result = await CallInSessionAsync(method, parameters, type, read, timeout, cancellationToken).ConfigureAwait(false);
            telemetry.Succeed();
            return result;
        }
        catch (Exception failure)
        {
            telemetry.Fail(failure);
            throw;
        }
    }

    // With a session, and again when the vault refused only the session.
    private async Task<T> CallInSessionAsync<TParams, T>(
        string method,
        Func<Session, TParams> parameters,
        JsonTypeInfo<TParams> type,
        Func<RpcReply, T> read,
        TimeSpan timeout,
        CancellationToken cancellationToken)
    {
        var hasSignedInAgain = false;
        var hasReconnected = false;
        var hasMovedOn = false;
        while (true)
        {
            var session = await Sessions.GetAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await session.Connection.CallAsync(
                    method, CallTelemetry.TraceParentFor(session), parameters(session), type, read, timeout, cancellationToken).ConfigureAwait(false);
            }
            catch (SessionExpiredException) when (!hasSignedInAgain)
            {
                hasSignedInAgain = true;
                await RenewOrLeaveAsync(session, cancellationToken).ConfigureAwait(false);
            }
            catch (VaultException elsewhere) when (elsewhere.IsForAnotherDaemon && _sessions.HasOthers && !hasMovedOn)
            {
                // It has begun nothing: the call can be made at another one, whatever it does.
                hasMovedOn = true;
                await LeaveAsync(session, elsewhere, cancellationToken).ConfigureAwait(false);
            }
            catch (VaultLockedException sealedMeanwhile) when (_sessions.HasOthers)
            {
                // This call may have taken effect, so it is not made again. The next one goes elsewhere.
                await LeaveAsync(session, sealedMeanwhile, cancellationToken).ConfigureAwait(false);
                throw;
            }
            catch (NotSentException lost)
            {
                // A daemon that closes each connection as soon as it is made must not keep us here forever.
                if (hasReconnected)
                {
                    throw Errors.KeepsClosing(_sessions.Address, lost);
                }

                hasReconnected = true;
            }
        }
    }
}
