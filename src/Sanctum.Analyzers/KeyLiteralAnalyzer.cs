using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Sanctum.Analyzers;

/// <summary>Finds literals that look like API keys and are given to a known SDK, in a constructor, a call or a property.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class KeyLiteralAnalyzer : DiagnosticAnalyzer
{
    // Placeholders are short; keys have at least this many characters.
    private const int ShortestKey = 20;

    private static readonly string[] _prefixes = ["sk-", "sk_live_", "sk_test_", "rk_live_", "ghp_", "gho_", "ghs_", "github_pat_", "AKIA", "ASIA", "xoxb-", "xoxp-", "AIza", "glpat-", "SG.", "hf_", "npm_"];

    private static readonly (string Namespace, string Sdk)[] _sdks =
    [
        ("OpenAI", "OpenAI"), ("System.ClientModel", "OpenAI or Azure"), ("Azure", "Azure"), ("Anthropic", "Anthropic"), ("Octokit", "GitHub"), ("Stripe", "Stripe"), ("Amazon", "AWS"),
        ("Microsoft.SemanticKernel", "Semantic Kernel"), ("System.Net.Http.Headers", "HTTP"),
    ];

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.KeyInSource];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterOperationAction(Analyze, OperationKind.Literal);
    }

    private static void Analyze(OperationAnalysisContext context)
    {
        if (context.Operation.ConstantValue is { HasValue: true, Value: string { Length: >= ShortestKey } text }
            && text.IndexOf(' ') < 0
            && ClientMethods.Outer(context.Operation) is { } user
            && (_prefixes.Any(prefix => text.StartsWith(prefix, StringComparison.Ordinal)) || (IsKeyPlace(user) && IsRandom(text)))
            && SdkOf(user) is { } sdk)
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.KeyInSource, context.Operation.Syntax.GetLocation(), sdk));
        }
    }

    // Azure's keys, and some others, begin as any text does: there the place tells. Names as "key" are of other things as well, but not in a credential.
    private static bool IsKeyPlace(IOperation user) => user switch
    {
        IArgumentOperation { Parameter.Name: "apiKey" } => true,
        IArgumentOperation { Parameter.Name: var name, Parent: IObjectCreationOperation { Type.Name: var type } } =>
            (type.EndsWith("Credential", StringComparison.Ordinal) || type.EndsWith("Credentials", StringComparison.Ordinal)) && name is "key" or "secretKey" or "accountKey" or "token" or "password" or "clientSecret" or "signature",
        ISimpleAssignmentOperation { Target: IPropertyReferenceOperation { Property.Name: "ApiKey" or "AuthToken" } } => true,
        _ => false,
    };

    // Letters and digits, and nothing that words and addresses have between them.
    private static bool IsRandom(string text) =>
        text.Any(it => it is >= '0' and <= '9') && text.Any(it => it is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z')) && text.All(it => it is (>= '0' and <= '9') or (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or '+' or '/' or '=' or '_' or '-');

    private static string? SdkOf(IOperation? user) => user switch
    {
        IArgumentOperation { Parent: IObjectCreationOperation made } => SdkOf(made.Type),
        IArgumentOperation { Parent: IInvocationOperation call } => SdkOf(call.TargetMethod.ContainingType),
        ISimpleAssignmentOperation { Target: IPropertyReferenceOperation property } => SdkOf(property.Property.ContainingType),
        _ => null,
    };

    private static string? SdkOf(ITypeSymbol? type)
    {
        var name = type?.ContainingNamespace?.ToDisplayString() ?? "";
        return _sdks.Where(sdk => name == sdk.Namespace || name.StartsWith(sdk.Namespace + ".", StringComparison.Ordinal)).Select(sdk => sdk.Sdk).FirstOrDefault();
    }
}
