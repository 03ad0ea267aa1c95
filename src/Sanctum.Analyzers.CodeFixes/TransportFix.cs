using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Sanctum.Analyzers.CodeFixes;

/// <summary>
/// Clients whose options have a transport: those made with <c>System.ClientModel</c> (OpenAI, Azure.AI.OpenAI) and with <c>Azure.Core</c>. The key is the client's
/// argument, or that of the credential that is its argument.
/// </summary>
internal static class TransportFix
{
    private const string ApiKeyCredential = "System.ClientModel.ApiKeyCredential", AzureKeyCredential = "Azure.AzureKeyCredential";

    public static VaultFix? Find(KeyPlace place)
    {
        if (Client(place) is not var (client, key, credential) || place.SymbolOf(client) is not IMethodSymbol { MethodKind: MethodKind.Constructor } constructor || client.ArgumentList is not { } list)
        {
            return null;
        }

        var index = list.Arguments.IndexOf(key);
        var isAzure = credential == AzureKeyCredential;
        var transport = isAzure ? "Azure.Core.Pipeline.HttpClientTransport" : "System.ClientModel.Primitives.HttpClientPipelineTransport";
        var options = Options(constructor, list, credential);
        if (options is null || place.TypeOf(transport) is null || place.TypeOf(credential) is null || !list.Arguments.All(it => it.NameColon is null))
        {
            return null;
        }

        var path = Paths.Of(constructor.ContainingType);
        var placeholder = isAzure ? "unused-key" : "unused";
        var made = place.New(transport, place.HttpClient(path, isAzure ? placeholder : null));
        var arguments = list.Arguments.Replace(key, key.WithExpression((ExpressionSyntax)place.New(credential, place.Placeholder(placeholder))));
        if (arguments.Count > options.Ordinal)
        {
            if (arguments[options.Ordinal].Expression is not BaseObjectCreationExpressionSyntax given || given.Assigns("Transport"))
            {
                return null; // What options in a variable have is unknown.
            }

            arguments = arguments.Replace(arguments[options.Ordinal], Syntax.Argument(Syntax.With(given, "Transport", made)));
        }
        else
        {
            arguments = arguments.Add(Syntax.Argument(Syntax.With((ObjectCreationExpressionSyntax)place.Generator.ObjectCreationExpression(place.Name(options.Type)), "Transport", made)));
        }

        return VaultFix.ByHandler(path, editor => editor.ReplaceNode(list, list.WithArguments(arguments)));
    }

    // The client's creation, the argument with the key, and the type of credential that goes there.
    private static (BaseObjectCreationExpressionSyntax Client, ArgumentSyntax Key, string Credential)? Client(KeyPlace place)
    {
        if (place.Argument is not { Parent.Parent: BaseObjectCreationExpressionSyntax made } argument)
        {
            return null;
        }

        return place.TypeOf(made)?.ToDisplayString() switch
        {
            ApiKeyCredential or AzureKeyCredential when made.Parent is ArgumentSyntax { Parent.Parent: BaseObjectCreationExpressionSyntax client } outer => (client, outer, place.TypeOf(made)!.ToDisplayString()),
            ApiKeyCredential or AzureKeyCredential => null,
            _ => (made, argument, ApiKeyCredential),
        };
    }

    // The options of the constructor that has the same parameters, with a credential for the key. Parameters before them have to be given.
    private static IParameterSymbol? Options(IMethodSymbol constructor, ArgumentListSyntax list, string credential) =>
        (from other in constructor.ContainingType.InstanceConstructors
         where other.DeclaredAccessibility == Accessibility.Public && other.Parameters.Length >= list.Arguments.Count && other.Parameters.Any(it => it.Type.ToDisplayString() == credential)
         let options = other.Parameters.FirstOrDefault(it => HasTransport(it.Type))
         where options is not null && options.Ordinal == other.Parameters.Length - 1 && (list.Arguments.Count == options.Ordinal || list.Arguments.Count == options.Ordinal + 1)
         where constructor.Parameters.Take(options.Ordinal).Zip(other.Parameters, (had, has) => had.Type.ToDisplayString() == has.Type.ToDisplayString() || has.Type.ToDisplayString() == credential).All(it => it)
         select options).FirstOrDefault();

    private static bool HasTransport(ITypeSymbol? type) =>
        type is not null && (type.GetMembers("Transport").OfType<IPropertySymbol>().Any(it => it.SetMethod is not null) || HasTransport(type.BaseType));
}
