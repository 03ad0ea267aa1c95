using Sanctum.Cli.Doctor;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Output;

// What --json prints. Programs rely on these names (in snake_case): members may be added, never renamed or removed.

internal sealed record ErrorDocument(ErrorBody Error);

internal sealed record ErrorBody(string Code, string Message, string? Hint, int ExitCode);

internal sealed record InitDocument(string VaultId, string Path);

/// <summary>Warnings: what could not be recorded of the sealing, or what was found damaged when unsealing.</summary>
internal sealed record SealDocument(bool Sealed, bool Changed, IReadOnlyList<string> Warnings);

internal sealed record StatusDocument(bool Running, DaemonStatus? Daemon);

internal sealed record StoppedDocument(bool Stopped, int ProcessId);

/// <summary>One of the two is null: a secret that is not UTF-8 text is in base64.</summary>
internal sealed record SecretDocument(string Path, string? Value, string? ValueBase64);

internal sealed record SignatureDocument(string Path, string Signature, string? Algorithm);

/// <summary>One of the bodies is null: one that is not UTF-8 text is in base64.</summary>
internal sealed record ResponseDocument(int Status, IReadOnlyDictionary<string, string> Headers, string? Body, string? BodyBase64);

/// <summary>File: with the references; null where nothing was taken.</summary>
internal sealed record ImportDocument(bool DryRun, string? File, IReadOnlyList<ImportedSecret> Imported, IReadOnlyList<KeptVariable> Kept, IReadOnlyList<string> Warnings);

/// <summary>Was there: it was in the vault already, with the same value. Advice: what is left to do.</summary>
internal sealed record ImportedSecret(int Line, string Name, string Path, string? Kind, string? Service, bool WasThere, string? Advice);

/// <summary>A line that stays as it is. The name is null where the line has none.</summary>
internal sealed record KeptVariable(int Line, string? Name, string Why);

/// <summary>Files: how many were searched. Complete: false where the list was too long to go on.</summary>
internal sealed record DoctorDocument(string Runtime, string Path, IReadOnlyList<ClientDiagnosis> Clients);

internal sealed record ScanDocument(int Files, bool Complete, IReadOnlyList<FoundSecret> Found, IReadOnlyList<SkippedFile> Skipped);

/// <summary>A secret in a file. Begins: its first four characters.</summary>
internal sealed record FoundSecret(string File, int Line, string Kind, string Begins);

internal sealed record SkippedFile(string File, string Why);

/// <summary>Either all pages, or one with its text; the section is null for a whole page.</summary>
internal sealed record DocsDocument(IReadOnlyList<string>? Pages, string? Page, string? Section, string? Text);

/// <summary>In the order in which they are tried. The passphrase is not among them: it always opens the vault.</summary>
internal sealed record NodesDocument(IReadOnlyList<NodeView> Nodes);

internal sealed record SealProvidersDocument(IReadOnlyList<SealProviderView> Providers);

internal sealed record CredentialsDocument(IReadOnlyList<CredentialView> Credentials);

internal sealed record AgentsDocument(IReadOnlyList<AgentView> Agents);

internal sealed record RegisteredDocument(AgentView Agent, string? KeyFile);

internal sealed record PoliciesDocument(IReadOnlyList<PolicyView> Policies);

/// <summary>What was changed, or with <c>dry_run</c> would be; of policies that stay as they are, the names.</summary>
internal sealed record AppliedDocument(
    bool DryRun, IReadOnlyList<PolicyView> Added, IReadOnlyList<PolicyChangeView> Changed, IReadOnlyList<PolicyView> Removed, IReadOnlyList<string> Unchanged);

internal sealed record LeasesDocument(IReadOnlyList<LeaseView> Leases);

internal sealed record RevokedDocument(int Revoked);

internal sealed record RemovedDocument(string Removed);

internal sealed record EntriesDocument(IReadOnlyList<AuditEntryView> Entries);

internal sealed record ApprovalsDocument(IReadOnlyList<ApprovalView> Approvals, IReadOnlyList<ProposalView> Requests);

internal sealed record TokenDocument(string Token, DateTimeOffset ExpiresAt, IReadOnlyList<string> Scopes, bool BoundToSession);

internal sealed record PassphraseDocument(bool Changed);

/// <summary>Verified: nothing is damaged. What is, when <c>--damaged</c> took it, is named.</summary>
internal sealed record BackupDocument(string File, long Bytes, bool Verified, AuditVerificationView Audit, IReadOnlyList<string> Damaged);

internal sealed record DevDocument(string Agent, string Socket, string KeyFile, IReadOnlyList<string> Credentials);

internal sealed record RestoreDocument(string Path, long AuditEntries, string Checkpoint, IReadOnlyList<string> Damaged);

/// <summary>Without versions where the vault lies in a folder.</summary>
internal sealed record UpgradeDocument(int? VersionBefore, int? Version, bool Upgraded);

internal sealed record MoveDocument(string From, string To, long AuditEntries, string Checkpoint, IReadOnlyList<string> LeftBehind, bool Resumed);

internal sealed record CompletionDocument(string Shell, string Script);

internal sealed record ManualDocument(IReadOnlyList<string> Files);

/// <summary>What a host starts, and where that stands.</summary>
internal sealed record PinnedToolView(string Name, string Hash, string? Change);

/// <summary>A server's tools: those that were accepted, and in what those differ that it has now.</summary>
internal sealed record PinnedServerView(string Server, IReadOnlyList<string> Command, string Hash, string? WaitingHash, IReadOnlyList<PinnedToolView> Tools);

internal sealed record PinnedServersDocument(IReadOnlyList<PinnedServerView> Servers, bool Accepted);

/// <summary>Backup: the file as it was, with references in the keys' places; null where nothing was moved.</summary>
internal sealed record McpEntryDocument(string Host, string File, bool Written, string Command, IReadOnlyList<string> Args, IReadOnlyList<MovedKeyView> Moved, IReadOnlyList<LeftKeyView> Left, string? Backup, IReadOnlyList<string> Warnings, IReadOnlyList<OtherFileView> Elsewhere);

/// <summary>Another file that the host reads. HasEntry: it has an entry of this name too. ServersWithKeys: whose keys could be moved from there. Project: its folder; null for the user's file. Why: why it was not looked at.</summary>
internal sealed record OtherFileView(string File, bool HasEntry, IReadOnlyList<string> ServersWithKeys, string? Project, string? Why);

/// <summary>A key that is in the vault and no longer in the host's file. Exposed: the server gets it itself. Advice: what is left to do.</summary>
internal sealed record MovedKeyView(string Server, string Name, int Line, string Path, string? Kind, string? Service, bool Exposed, bool WasThere, string? Advice);

/// <summary>What looks like a key and stayed where it is.</summary>
internal sealed record LeftKeyView(int Line, string? Name, string Why);
