using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Door;
using Sanctum.Policies;
using Sanctum.Sessions;
using Sanctum.Storage;

namespace Sanctum;

/// <summary>Requests that are sent with a credential and read as they come.</summary>
public sealed partial class Vault
{
    /// <summary>
    /// Sends a request with a credential, and gives its response on as it comes: decided on and recorded before anything of it leaves, and searched for the secret
    /// before anything of what comes back is given on.
    /// </summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="call">The request.</param>
    /// <param name="cancellationToken">Ends the request, also after this has returned.</param>
    /// <returns>The response, from its head on. The caller disposes it.</returns>
    /// <exception cref="VaultException">It is malformed or refused, the service fails, or the vault is sealed.</exception>
    public async Task<HttpExchange> SendAsync(Caller caller, HttpCall call, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(call);
        var unsealed = EnterFor(caller);
        HttpExchange? exchange = null;
        try
        {
            exchange = await Exchanging.SendAsync(unsealed, caller, call, cancellationToken).ConfigureAwait(false);
            unsealed.Linger();
            return exchange;
        }
        catch (StoreException failure)
        {
            throw Errors.StorageFailed(failure);
        }
        catch (OperationCanceledException) when (unsealed.Sealing.IsCancellationRequested)
        {
            throw Errors.VaultLocked();
        }
        catch (OperationCanceledException) when (caller.Session.Ended.IsCancellationRequested)
        {
            throw caller.Session.WhyOver();
        }
        finally
        {
            // An exchange has its own way out.
            if (exchange is null)
            {
                unsealed.Exit();
            }
        }
    }

    /// <summary>
    /// Records that somebody sent a token of a run or a session that nobody has, as a failed sign-in. While the vault is sealed there is nothing to record it in, and
    /// no token is good.
    /// </summary>
    /// <param name="source">Where it came from, such as <c>uid 1000</c>. Beyond a number in a minute, those from one source are counted and not recorded one by one.</param>
    /// <exception cref="VaultException">It can't be recorded; storage failed.</exception>
    public async Task RecordWrongTokenAsync(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (Volatile.Read(ref _unsealed) is { } unsealed && unsealed.TryEnter())
        {
            try
            {
                await SignIn.RecordWrongTokenAsync(unsealed, source).ConfigureAwait(false);
            }
            catch (StoreException failure)
            {
                throw Errors.StorageFailed(failure);
            }
            finally
            {
                unsealed.Exit();
            }
        }
    }

    /// <summary>Gives a program that runs for an agent a placeholder for each credential that the agent may use.</summary>
    /// <param name="caller">The agent.</param>
    /// <param name="credentials">Which ones; null for all that are bound to a host and that some policy lets the agent use.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="VaultException">A credential is unknown or not the agent's to use, access denied; there are too many runs, rate limited, which is recorded; the vault is sealed.</exception>
    public Task<Run> BeginRunAsync(Caller caller, IReadOnlyList<CredentialPath>? credentials = null, CancellationToken cancellationToken = default) =>
        InsideAsync(caller, vault => Runs.BeginAsync(vault, caller, credentials, cancellationToken));

    /// <summary>Says what is to become of a connection to a host: whether the vault sends requests there with a credential, over HTTPS or, where that is allowed, HTTP.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="host">A name, or an address, IPv6 in brackets.</param>
    /// <param name="port">The port.</param>
    /// <exception cref="VaultException">No credential that the agent may use is bound there, egress denied, which is recorded; the vault is sealed.</exception>
    public Task<HostRoute> RouteAsync(Caller caller, string host, int port) =>
        InsideAsync(caller, vault => Routing.RouteAsync(vault, caller, host, port));

    /// <summary>Whether requests with one credential can go to a host at all, over HTTPS or, where that is allowed, HTTP.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="path">The credential.</param>
    /// <param name="host">A name, or an address, IPv6 in brackets.</param>
    /// <param name="port">The port.</param>
    /// <exception cref="VaultException">It is not bound there, egress denied, which is recorded; the vault is sealed.</exception>
    public Task RequireBoundAsync(Caller caller, CredentialPath path, string host, int port) =>
        InsideAsync(caller, async vault =>
        {
            await Routing.RequireBoundAsync(vault, caller, path, host, port).ConfigureAwait(false);
            return true;
        });

    /// <summary>Connects to a host that no credential is bound to, for an agent that a policy lets connect there. What passes is not read.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="host">A name, or an address, IPv6 in brackets. Only public addresses are dialled, and those that a policy spells out.</param>
    /// <param name="port">The port.</param>
    /// <param name="cancellationToken">Ends the connection, also after this has returned.</param>
    /// <exception cref="VaultException">It may not go there, egress denied, which is recorded; there is no connection; the vault is sealed.</exception>
    public Task<Tunnel> ConnectAsync(Caller caller, string host, int port, CancellationToken cancellationToken = default) =>
        InsideAsync(caller, vault => Routing.ConnectAsync(vault, caller, host, port, cancellationToken));
}
