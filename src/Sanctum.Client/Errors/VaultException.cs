using System.Text.Json;
using Sanctum.Protocol;

namespace Sanctum.Client;

/// <summary>
/// A call to the vault failed. <see cref="Code"/> says why; the kinds that programs most often tell apart have a type of
/// their own, and every other code arrives as this one. No message ever holds a secret.
/// </summary>
public class VaultException : Exception
{
    private static readonly Dictionary<string, JsonElement> Nothing = [];

    /// <summary>Makes one; the client makes its own from what the vault says.</summary>
    /// <param name="code">The reason, as <see cref="Code"/> has it.</param>
    /// <param name="message">What went wrong, without a secret.</param>
    /// <param name="inner">What caused it; null for nothing.</param>
    public VaultException(string code, string message, Exception? inner = null)
        : base(message, inner) => Code = code;

    /// <summary>
    /// The reason, as on the wire (<see cref="ErrorCode"/> has them: <see cref="ErrorCode.EgressDenied"/>, …), or one of this client's own:
    /// <c>CONNECTION_FAILED</c>, <c>OUTCOME_UNKNOWN</c>, <c>PROTOCOL_ERROR</c>. New codes may come with later vaults.
    /// </summary>
    public string Code { get; }

    /// <summary>More about what went wrong; null when the vault said no more.</summary>
    public string? Detail { get; internal set; }

    /// <summary>What the agent or its operator can do next; null when the vault had no advice.</summary>
    public string? Suggestion { get; internal set; }

    /// <summary>The address of the error's page in the documentation; null when there is none.</summary>
    public string? DocsUrl { get; internal set; }

    /// <summary>Particulars, by name, such as <c>retry_after</c> or <c>member</c>. Empty when there are none.</summary>
    public IReadOnlyDictionary<string, JsonElement> Context { get; internal set; } = Nothing;

    /// <summary>
    /// Whether the daemon has done nothing for the call and another one can, from <c>context.daemon</c>: it is stopping, its vault is sealed, or it does not reach the vault's database.
    /// What is not said so may have taken effect, and is not made again.
    /// </summary>
    internal bool IsForAnotherDaemon => IsOfStoppingDaemon || IsDaemon(RpcContext.Sealed) || IsWithoutDatabase;

    /// <summary>Whether that is because the daemon is stopping: it ends the connection itself.</summary>
    internal bool IsOfStoppingDaemon => IsDaemon(RpcContext.Stopping);

    /// <summary>Whether that is because the daemon does not reach the vault's database.</summary>
    internal bool IsWithoutDatabase => IsDaemon(RpcContext.NoDatabase);

    internal bool IsDaemon(string state) => Context.TryGetValue(RpcContext.Daemon, out var how) && how.ValueKind == JsonValueKind.String && how.ValueEquals(state);
}
