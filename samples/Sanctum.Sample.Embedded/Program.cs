using System.Security.Cryptography;
using System.Text.Json;
using NSec.Cryptography;
using Sanctum;
using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Storage;
using Sanctum.Storage.Sqlite;

// A vault inside this program: in the folder that is named, or in memory. A real program gets its passphrase from a person or from systemd.
var passphrase = "correct horse battery staple"u8.ToArray();
await using IVaultStore store = args is [var folder] ? await SqliteVaultStore.CreateAsync(folder) : new InMemoryVaultStore();
await using var vault = await Vault.CreateAsync(store, passphrase);
var by = await vault.UnsealAsync(passphrase);
CryptographicOperations.ZeroMemory(passphrase);

// What the operator does: a secret, an agent with its key, and what the agent may do.
await vault.Credentials.StoreAsync(by, CredentialPath.Parse("webhooks/signing_key"), "a shared secret of some length"u8.ToArray(), new CredentialOptions { Type = "hmac" });
using var key = Key.Create(SignatureAlgorithm.Ed25519);
await vault.Agents.RegisterAsync(by, AgentName.Parse("helper"), key.PublicKey.Export(KeyBlobFormat.RawPublicKey));
await vault.Policies.AddAsync(by, new Policy { Name = "sign", Principal = "agent:helper", Resources = ["webhooks/*"], Actions = PolicyActions.Use });

// What the agent does: it proves its key, and uses a secret that it does not see.
var challenge = vault.IssueChallenge("helper");
var session = await vault.AuthenticateAsync(challenge, SignatureAlgorithm.Ed25519.Sign(key, challenge.Bytes.Span), source: "in-process");
using var signed = await vault.UseAsync(session.Caller, CredentialPath.Parse("webhooks/signing_key"), "sign", JsonElement.Parse("""{"data": "order 42"}"""));
Console.WriteLine(((SignResult)signed).Algorithm);

// Everything is on the record.
Console.WriteLine($"{(await vault.Audit.VerifyAsync(by)).Entries} entries");
